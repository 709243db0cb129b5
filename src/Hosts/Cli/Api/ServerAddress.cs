using System.Text.Json;

namespace Rondo.Cli.Api;

/// <summary>Finds the server that a command talks to: <c>--server</c>, then <c>RONDO_SERVER</c>, then the one that serves a folder at or above this one.</summary>
internal static class ServerAddress
{
    public static Uri Find(string? asked)
    {
        var text =
            asked ?? (Environment.GetEnvironmentVariable("RONDO_SERVER") is { Length: > 0 } set ? set : Announced());
        if (text is null)
        {
            throw new RondoException(
                ErrorCode.Unavailable,
                "No server was found: none serves this folder, and neither --server nor RONDO_SERVER is set.",
                "Start one with 'rondo up', or name one with --server http://HOST:PORT."
            );
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? new Uri(uri.GetLeftPart(UriPartial.Authority))
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{text}' is not the address of a server.",
                "Write it as http://HOST:PORT."
            );
    }

    private static string? Announced()
    {
        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, ".rondo", "server.json");
            if (File.Exists(file))
            {
                return UrlIn(file);
            }
        }

        return null;
    }

    private static string UrlIn(string file)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(file));
            return json.RootElement.Text("url") ?? throw new JsonException("it has no url");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new RondoException(
                ErrorCode.Unavailable,
                $"{file} does not say where the server is: {e.Message}",
                "Start the server again with 'rondo up', or name it with --server.",
                e
            );
        }
    }
}
