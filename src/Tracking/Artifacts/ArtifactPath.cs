using System.Text;

namespace Rondo.Tracking.Artifacts;

/// <summary>What the paths of files that runs log can be.</summary>
internal static class ArtifactPath
{
    /// <summary>What the names of uploads begin with that are not whole yet.</summary>
    public const string Unfinished = ".unfinished-";

    private const int CharsMax = 4096;
    private const int NameBytesMax = 255;
    private const int DecodingsMax = 4;

    /// <summary>
    /// Whether a path has plain names only, as it stands and as every decoding of it would read: no proxy in between can make another of it.
    /// </summary>
    public static bool IsPlain(string path)
    {
        var name = path;
        for (var i = 0; i < DecodingsMax; i++)
        {
            if (!HasPlainNames(name))
            {
                return false;
            }

            var decoded = Uri.UnescapeDataString(name);
            if (decoded == name)
            {
                break;
            }

            name = decoded;
        }

        return true;
    }

    /// <summary>Whether a path is another one, or stands below it.</summary>
    public static bool IsAtOrBelow(string path, string folder) =>
        path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);

    private static bool HasPlainNames(string path) =>
        path.Length is > 0 and <= CharsMax
        && path.AsSpan().IndexOfAny('\\', '\0') < 0
        && path.Split('/')
            .All(part =>
                part.Length > 0 && part is not ("." or "..") && Encoding.UTF8.GetByteCount(part) <= NameBytesMax
            )
        && !path.StartsWith(Unfinished, StringComparison.Ordinal)
        && !(path.Length > 1 && path[1] == ':');
}
