using System.Text.Json;

namespace Rondo.Sdk;

/// <summary>Finds the server that runs are told to, and reads addresses, also those that commands are given.</summary>
internal static class TrackingAddress
{
    private const string Default = "http://127.0.0.1:7860";

    public static Uri Find(Uri? asked, Func<string, string?> variable)
    {
        if (asked is not null)
        {
            return Read(asked.OriginalString, nameof(TrackingSettings.Server));
        }

        foreach (var name in new[] { "RONDO_SERVER", "MLFLOW_TRACKING_URI" })
        {
            if (variable(name) is { Length: > 0 } set)
            {
                return Read(set, name);
            }
        }

        return Announced() ?? new Uri(Default);
    }

    /// <summary>An address as it was written somewhere. A name and password in it are left out: they would stand in the spool.</summary>
    public static Uri Read(string text, string from)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{WithoutPassword(text)}' ({from}) is not the address of a server.",
                "Write it as http://HOST:PORT."
            );
        }

        var server = new Uri(uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped));
        return uri.PathAndQuery == "/" && uri.Fragment.Length == 0
            ? server
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{WithoutPassword(text)}' ({from}) has a path, and a server answers at its root only.",
                $"Write it as {server.GetLeftPart(UriPartial.Authority)}, where that is the server."
            );
    }

    /// <summary>The address that a server which serves a folder at or above this one has written down there; null where there is none.</summary>
    public static Uri? Announced()
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

    private static string WithoutPassword(string text) =>
        text.LastIndexOf('@') is var at and >= 0 ? "…" + text[at..] : text;

    private static Uri UrlIn(string file)
    {
        try
        {
            var url = JsonElement.Parse(File.ReadAllText(file)).GetProperty("url").GetString();
            return Read(url ?? throw new JsonException("It has no url."), file);
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or IOException
                        or UnauthorizedAccessException
                        or InvalidOperationException
                        or KeyNotFoundException
            )
        {
            throw new RondoException(
                ErrorCode.Unavailable,
                $"{file} does not say where the server is: {e.Message}",
                "Start the server again with 'rondo up', or name it with RONDO_SERVER.",
                e
            );
        }
    }
}
