using FsCheck;
using FsCheck.Fluent;

namespace Slipway.Hostile.Tests.Generated;

/// <summary>Values that programs are known to fall over. Bytes written as Latin-1.</summary>
internal static class Odd
{
    public static readonly Gen<string> Length = Gen.Elements(1, 63, 64, 65, 255, 256, 500, 1001, 4001, 70_000).Select(static length => new string('a', length));

    /// <summary>In the place of any JSON value. The last ones are no JSON.</summary>
    public static readonly Gen<string> Json = Gen.OneOf(
        Gen.Elements(
            "null", "true", "false", "0", "-0", "-1", "1.5", "1e2", "1E400", "-1e-400", "2147483648", "9223372036854775808", "123456789012345678901234567890", "{}", "[]", "[null]", "[{}]", "{\"\":0}"),
        Gen.Elements(
            "\"\"", "\" \"", "\"\\t\\n\"", "\" padded \"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"a\\udfff\"", "\"\\ud83d\\ude00\"", "\"\\u202e\\u200b\\ufeff\"",
            "\"'; drop table applications; --\"", "\"' or 1=1 --\"", "\"${jndi:ldap://x}\"", "\"{{7*7}}\"", "\"<script>alert(1)</script>\"", "\"../../../../etc/passwd\"", "\"%s%s%n\"", "\"a\\r\\nX-Injected: 1\""),
        Gen.Elements(
            "\"9999-12-31T23:59:59.9999999Z\"", "\"9999-12-31T23:59:59-14:00\"", "\"0001-01-01T00:00:00+14:00\"", "\"2026-02-30T00:00:00Z\"", "\"2099-01-01\"", "\"2099-01-01T00:00:00\"",
            "\"2099-12-31T23:59:60Z\"", "\"2099-01-01T00:00:00+99:99\"", "\"deploy\"", "\"DEPLOY\"", "\"record\"", "\"restore\"", "\"supersede\"", "\"0\"", "[\"access:manage\",\"access:manage\"]", "[\"root\"]", "[1,2,3,4,5]"),
        Gen.Elements(15, 16, 17, 64, 5000).Select(static depth => new string('[', depth) + new string(']', depth)),
        Gen.Elements(16, 64, 3000).Select(static depth => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth)),
        Gen.Elements(10, 400, 100_000).Select(static digits => new string('9', digits)),
        Length.Select(static text => $"\"{text}\""),
        Gen.Elements(101, 1000).Select(static count => $"[{string.Join(',', Enumerable.Repeat("{}", count))}]"),
        Gen.Elements("\"\xff\xfe\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf8\x88\x80\x80\x80\"", "\"\xe6\xbc\"", "\"\x00\"", "\"\x01\"", "\"a\nb\""),
        Gen.Elements("", "NaN", "Infinity", "undefined", "'a'", "01", "+1", ".5", "1.", "0x10", "\"\\x\"", "\"\\u12\"", "\"open", "{", "]", "{\"a\"}", "nul", "tru\xff"));

    /// <summary>In the place of a member's name, in its quotes.</summary>
    public static readonly Gen<string> Name = Gen.Elements(
        "\"\"", "\"id\"", "\"state\"", "\"isAdmin\"", "\"createdBy\"", "\"actor\"", "\"__proto__\"", "\"$type\"", "\"$ref\"", "\"NAME\"", "\"Name\"", "\"name\"", "\"scopes\"", "\"version\"", "\"n\\u0061me\"",
        "\"\\ud800\"", "\"\\u0000\"", "\"a\\ud800b\"", "\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"" + new string('n', 70_000) + "\"", "\"a.b[0]\"", "name", "'name'", "1");

    /// <summary>In the place of anything in an address.</summary>
    public static readonly Gen<string> Segment = Gen.OneOf(
        Gen.Elements(
            "%00", "a%00b", "%", "%2", "%zz", "%ff", "%c0%af", "%ed%a0%80", "%e6%bc", "%2e%2e", "%2f", "%252f", "%5c", "..", ".", "...", "%0d%0aX-Injected:%201", "%20", "+", "a%20b", "a;b=c", "%u0041", "~", "$",
            "-1", "0", "null", "undefined", "NaN", "'", "%22", "%3Cscript%3E", "%F0%9F%98%80", "%E2%80%AE", "bulk", "releases", "transitions", "rotate", "keys"),
        Gen.Elements(
            "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "%7b00000000-0000-0000-0000-000000000000%7d", "00000000000000000000000000000000",
            "00000000-0000-0000-0000-00000000000", "00000000-0000-0000-0000-00000000000g", "{0x00000000,0x0000,0x0000,{0x00,0x00,0x00,0x00,0x00,0x00,0x00,0x00}}"),
        Gen.Elements(64, 255, 2000, 9000).Select(static length => new string('a', length)));

    public static readonly Gen<string> Query = Gen.OneOf(
        Gen.Elements(
            "limit=0", "limit=-1", "limit=101", "limit=1&limit=2", "limit=", "limit=1.5", "limit=1e1", "limit=99999999999999999999", "limit=%201", "limit=%00", "limit=%EF%BC%91", "LIMIT=1", "limit[]=1", "limit",
            "cursor=x", "cursor=%00", "cursor=a&cursor=b", "cursor=YXBwbGljYXRpb25zOg", "cursor=YXBwbGljYXRpb25zOi4uLy4uLw", "cursor=YXVkaXQ6LTE", "cursor=YXVkaXQ6OTk5OTk5OTk5OTk5OTk5OTk5OTk5",
            "cursor=YXVkaXQ6OTIyMzM3MjAzNjg1NDc3NTgwNw", "cursor=cmVsZWFzZXM6eA", "cursor=cmVsZWFzZXM6AAA", "cursor=____", "cursor=%2B%2F%3D", "cursor=YWNjZXNzLWtleXM6ezAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMH0"),
        Gen.Elements(
            "subject=x", "subject=%00", "subject=(00000000-0000-0000-0000-000000000000)", "actor=%00", "actor=%ff", "actor=%ed%a0%80", "application=%00", "application=%C4%B0", "action='%20or%201=1--", "&", "&&&=", "=", "%", "%=%",
            "a[b][c]=d", "a.b=c", "__proto__=1", "?", "??", "a=b;c=d", "#f", "/../", "apiKey=first.x", "access_token=x"),
        Gen.Elements(100, 1000, 1300).Select(static count => string.Join('&', Enumerable.Range(0, count).Select(static at => $"p{at}="))),
        Length.Select(static text => $"cursor={text}"),
        Length.Select(static text => $"{text}=1"));
}
