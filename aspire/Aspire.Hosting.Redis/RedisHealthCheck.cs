using System.Buffers;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Redis;

/// <summary>Healthy when the server answers PING on a connection of its own, with the password of the connection string.</summary>
/// <remarks>Protocol: RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/.</remarks>
/// <param name="connectionString">Null while it is not known.</param>
internal sealed class RedisHealthCheck(Func<string?> connectionString, TimeProvider clock) : IHealthCheck
{
    /// <summary>For the whole check.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    /// <summary>Longest answer that is read; the expected ones have a few characters.</summary>
    private const int MaxReplyLength = 512;

    public static void Register(IServiceCollection services, string key, Func<string?> connectionString) =>
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            key,
            provider => new RedisHealthCheck(connectionString, provider.GetRequiredService<TimeProvider>()),
            failureStatus: null,
            tags: null));

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var timeout = new CancellationTokenSource(s_timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var server = RedisAddress.Parse(connectionString() ?? throw new InvalidOperationException("Connection string is unavailable"));
            var reply = await PingAsync(server, either.Token);
            return reply == "+PONG" ? HealthCheckResult.Healthy() : Failure(context, $"The server answered '{reply}'.", null);
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested)
        {
            return Failure(context, $"No answer within {s_timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s.", exception);
        }
        catch (Exception exception)
        {
            return Failure(context, exception.Message, exception);
        }
    }

    private static HealthCheckResult Failure(HealthCheckContext context, string reason, Exception? exception) =>
        new(context.Registration.FailureStatus, reason, exception);

    /// <returns>The first answer that is an error, or the one to PING, without the line end.</returns>
    private static async Task<string> PingAsync(RedisAddress server, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, cancellationToken);
        await using var stream = await OpenAsync(client, server, cancellationToken);
        if (server.Password is { } password)
        {
            string[] login = server.User is { } user ? ["AUTH", user, password] : ["AUTH", password];
            if (await SendAsync(stream, login, cancellationToken) is { } reply && reply != "+OK")
            {
                return reply;
            }
        }

        return await SendAsync(stream, ["PING"], cancellationToken);
    }

    private static async Task<Stream> OpenAsync(TcpClient client, RedisAddress server, CancellationToken cancellationToken)
    {
        if (!server.Tls)
        {
            return client.GetStream();
        }

        var secured = new SslStream(client.GetStream());
        await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = server.Host }, cancellationToken);
        return secured;
    }

    private static async Task<string> SendAsync(Stream stream, string[] command, CancellationToken cancellationToken)
    {
        var request = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{command.Length}\r\n");
        foreach (var part in command)
        {
            request.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(part)}\r\n{part}\r\n");
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToString()), cancellationToken);
        return await ReadLineAsync(stream, cancellationToken);
    }

    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxReplyLength);
        try
        {
            var length = 0;
            while (length < MaxReplyLength)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length, MaxReplyLength - length), cancellationToken);
                if (read == 0)
                {
                    throw new IOException("The server closed the connection.");
                }

                length += read;
                if (buffer.AsSpan(0, length).IndexOf("\r\n"u8) is >= 0 and var end)
                {
                    return Encoding.UTF8.GetString(buffer, 0, end);
                }
            }

            throw new IOException("The server's answer is too long.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
