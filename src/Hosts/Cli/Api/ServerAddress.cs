using Rondo.Sdk;

namespace Rondo.Cli.Api;

/// <summary>Finds the server that a command talks to: <c>--server</c>, then <c>RONDO_SERVER</c>, then the one that serves a folder at or above this one.</summary>
internal static class ServerAddress
{
    private const string Variable = "RONDO_SERVER";

    public static Uri Find(string? asked) =>
        Asked(asked)
        ?? (
            Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set
                ? TrackingAddress.Read(set, Variable)
                : TrackingAddress.Announced()
        )
        ?? throw new RondoException(
            ErrorCode.Unavailable,
            "No server was found: none serves this folder, and neither --server nor RONDO_SERVER is set.",
            "Start one with 'rondo up', or name one with --server http://HOST:PORT."
        );

    /// <summary>The server that <c>--server</c> names; null where it names none.</summary>
    public static Uri? Asked(string? asked) => asked is null ? null : TrackingAddress.Read(asked, "--server");
}
