using System.Text.Json;

namespace Rondo.Sdk;

/// <summary>Finds the server that runs are told to.</summary>
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

    // A name and password in it are left out: they would stand in the spool.
    private static Uri Read(string text, string from) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? new Uri(uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped))
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{text}' ({from}) is not the address of a server.",
                "Write it as http://HOST:PORT."
            );

    // A server that serves a folder at or above this one has written down there where it listens.
    private static Uri? Announced()
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

    private static Uri UrlIn(string file)
    {
        try
        {
            return Read(JsonElement.Parse(File.ReadAllText(file)).GetProperty("url").GetString()!, file);
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
