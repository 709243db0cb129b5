using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Rondo.Lineage.OpenLineage;

/// <summary>What runs and jobs are called outside: always the same for the same thing, whoever tells it, and however often.</summary>
internal static partial class OpenLineageNames
{
    /// <summary>A UUID that follows from Rondo's names: version 8, from the first bits of a digest.</summary>
    public static string RunId(OutboxEvent e) => RunId(e.RunId, e.NodeId, e.Attempt);

    public static string RunId(string run, string node = "", long attempt = 0)
    {
        Span<byte> bytes = stackalloc byte[32];
        var name = FormattableString.Invariant($"rondo/{run}/{node}/{attempt}");
        SHA256.HashData(Encoding.UTF8.GetBytes(name), bytes);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes[..16], bigEndian: true).ToString();
    }

    /// <summary>A pipeline, or a step of it: the items of a for-each are runs of one job.</summary>
    public static string Job(LineageRun run, string node = "")
    {
        var pipeline = $"{run.Project}.{run.Environment}.{run.Pipeline}";
        return node.Length == 0 ? pipeline : $"{pipeline}.{Item().Replace(node, "")}";
    }

    /// <summary>What a port of a step writes, run after run.</summary>
    public static string Output(LineageRun run, string node, string port) =>
        $"{Job(run, node)}.{Item().Replace(port, "")}";

    /// <summary>A dataset or model version without its number, and the number.</summary>
    public static (string Name, string Version) Versioned(string version)
    {
        var slash = version.LastIndexOf('/');
        return (version[..slash].Replace('/', '.'), version[(slash + 1)..]);
    }

    [GeneratedRegex(@"\.[0-9]+(?=\.|\z)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Item();
}
