using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Slipway.ServiceDefaults.Secrets;

namespace Slipway.ServiceDefaults.Tests.Secrets;

public sealed class RedactorTests
{
    private const string Password = "9f86d0+8188\"4c7d659a";

    private static readonly Redactor s_redactor = new(new ConfigurationBuilder().AddInMemoryCollection(
    [
        new("ConnectionStrings:opsdb", $"Host=db;Username=app;Password='{Password}'"), new("Internal:Key", "kQ7vR2mZ8xW4nB6t"), new("Broker:Url", "amqp://me:brokerpass@host"),
        new("OTEL_EXPORTER_OTLP_HEADERS", "x-otlp-api-key=collectorkey1"), new("Tiny:Key", "on"),
    ]).Build());

    [Theory]
    [InlineData("password is 9f86d0+8188\"4c7d659a here", "password is *** here")]
    [InlineData("stands alone: kQ7vR2mZ8xW4nB6t.", "stands alone: ***.")]
    [InlineData("brokerpass", "***")]
    [InlineData("header collectorkey1", "header ***")]
    [InlineData("9f86d0%2B8188%224c7d659a", "***")]
    [InlineData("{\"a\":\"9f86d0\\u002B8188\\u00224c7d659a\"}", "{\"a\":\"***\"}")]
    public void Text_WithValueOfConfiguration_LosesIt(string text, string expected) => Assert.Equal(expected, s_redactor.Redact(text));

    [Theory]
    [InlineData("Authorization: Bearer abc.def-ghi+jkl", "Authorization: ***")]
    [InlineData("sent bearer abcdef123456 to it", "sent bearer *** to it")]
    [InlineData("Basic dXNlcjpwYXNz", "Basic ***")]
    [InlineData("Cookie: session=abc; other=def\nnext line", "Cookie: ***\nnext line")]
    [InlineData("X-Api-Key: whatever", "X-Api-Key: ***")]
    [InlineData("Host=db;Password=hunter2;Database=x", "Host=db;Password=***;Database=x")]
    [InlineData("{\"password\":\"hunter2\",\"name\":\"x\"}", "{\"password\":\"***\",\"name\":\"x\"}")]
    [InlineData("{\"client_secret\": \"hun\\\"ter2\"}", "{\"client_secret\": \"***\"}")]
    [InlineData("{\"Body\":\"{\\u0022token\\u0022:\\u0022hunter2\\u0022}\"}", "{\"Body\":\"{\\u0022token\\u0022:\\u0022***\\u0022}\"}")]
    [InlineData("{\"Body\":\"{\\\"token\\\":\\\"hunter2\\\"}\"}", "{\"Body\":\"{\\\"token\\\":\\\"***\\\"}\"}")]
    [InlineData("GET http://host/path?access=hunter2&b=c done", "GET http://host/path?*** done")]
    [InlineData("{\"QueryString\":\"?a=hunter2\\u0026b=c\"}", "{\"QueryString\":\"?***\"}")]
    [InlineData("https://me:hunter2@host:80/x", "https://me:***@host:80/x")]
    [InlineData("key k7m2p9xa.Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4MTIzNDU2 used", "key k7m2p9xa.*** used")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", "***")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----!", "***!")]
    public void Text_WithSecretOfOthers_LosesIt(string text, string expected) => Assert.Equal(expected, s_redactor.Redact(text));

    [Theory]
    [InlineData("Request finished HTTP/1.1 GET http://localhost:5999/applications/shop - 200 - application/json 1.2ms")]
    [InlineData("   at System.Threading.Tasks.TaskCompletionSourceWithCancellation`1.WaitWithCancellationAsync(CancellationToken cancellationToken)")]
    [InlineData("{\"CancellationToken\":{\"a\":1},\"tokenCount\":5,\"SecretToken\":null}")]
    [InlineData("Slipway.ServiceDefaults.Configuration.SomeVeryLongNameOfATypeThatNobodyWouldWrite")]
    [InlineData("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    [InlineData("Is it on? a = b")]
    [InlineData("The password was wrong.")]
    public void Text_WithoutSecret_IsTheSameInstance(string text) => Assert.Same(text, s_redactor.Redact(text));

    [Fact]
    public void JsonDocument_WithSecretsInside_StaysOne()
    {
        foreach (var encoder in new[] { System.Text.Encodings.Web.JavaScriptEncoder.Default, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
        {
            var options = new JsonSerializerOptions { Encoder = encoder };
            string[] said =
            [
                "Authorization: Bearer hunter2hunter2\"", "Cookie: a=\"hunter2\"; b=c", "password=hunter2\\", "{\"password\":\"hunter2\\\"x\"}", "/x?a=hunter2\"", "\"?b=hunter2\\",
                "https://a:hunter2@b\"", "token: 'hunter2'", "-----BEGIN PRIVATE KEY-----\nhunter2", $"x {Password} y",
            ];
            foreach (var text in said)
            {
                var document = s_redactor.Redact(JsonSerializer.Serialize(new Dictionary<string, object> { ["Message"] = text, ["password"] = text, ["Next"] = 1 }, options));

                Assert.Equal(1, JsonElement.Parse(document).GetProperty("Next").GetInt32());
                Assert.DoesNotContain("hunter2", document, StringComparison.Ordinal);
                Assert.DoesNotContain("8188", document, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Texts that make careless patterns go back and forth for minutes. Bounded by the limit of each pattern.</summary>
    [Theory]
    [InlineData("a-")]
    [InlineData("password=\"\\\\")]
    [InlineData("token:\\u0022")]
    [InlineData("x://")]
    [InlineData("?a=")]
    [InlineData("-----BEGIN PRIVATE KEY-----")]
    [InlineData("abcd.")]
    public void Text_MadeToTakeLong_ComesBack(string part)
    {
        var text = string.Concat(Enumerable.Repeat(part, 64 * 1024 / part.Length));

        Assert.NotNull(s_redactor.Redact(text));
    }
}
