using System.Globalization;
using System.Text;

namespace Rondo.Sdk.Processes;

/// <summary>One process as Linux tells of it below <c>/proc</c>. Number and start time together name it: a number alone is used again.</summary>
internal sealed record ProcessEntry(int Id, int Parent, int Group, int Session, char State, long StartTime)
{
    /// <summary>The environment variable by which a process, and whatever it starts, is known to belong to somebody.</summary>
    public const string MarkVariable = "RONDO_ROOM";

    private const int EnvironmentBytesMax = 4 * 1024 * 1024;

    // The fields of a stat line behind the name, which is in brackets and may hold anything.
    private const int StateField = 0;
    private const int ParentField = 1;
    private const int GroupField = 2;
    private const int SessionField = 3;
    private const int StartField = 19;

    private static readonly long PageBytes = Environment.SystemPageSize;
    private static readonly byte[] Mark = Encoding.ASCII.GetBytes(MarkVariable + "=");

    /// <summary>Whether it runs, or could: it has not ended.</summary>
    public bool IsAlive => State is not ('Z' or 'X' or 'x');

    /// <summary>Null: there is no such process.</summary>
    public static ProcessEntry? Find(int id)
    {
        var line = Text($"/proc/{id}/stat");
        var end = line.LastIndexOf(')');
        if (end < 0)
        {
            return null;
        }
        var fields = line[(end + 2)..].Split(' ');
        return fields.Length > StartField
            ? new(
                id,
                int.Parse(fields[ParentField], CultureInfo.InvariantCulture),
                int.Parse(fields[GroupField], CultureInfo.InvariantCulture),
                int.Parse(fields[SessionField], CultureInfo.InvariantCulture),
                fields[StateField][0],
                long.Parse(fields[StartField], CultureInfo.InvariantCulture)
            )
            : null;
    }

    /// <summary>The children of a process, by the lists that Linux keeps for each of its threads.</summary>
    public static IReadOnlyList<int> ChildrenOf(int id)
    {
        var children = new List<int>();
        try
        {
            foreach (var thread in Directory.EnumerateDirectories($"/proc/{id}/task"))
            {
                foreach (var child in Text(thread + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    children.Add(int.Parse(child, CultureInfo.InvariantCulture));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile.
        }
        return children;
    }

    /// <summary>Bytes of memory that it has in use, shared ones counted in full.</summary>
    public static long ResidentBytes(int id)
    {
        var fields = Text($"/proc/{id}/statm").Split(' ');
        return fields.Length > 1 ? long.Parse(fields[1], CultureInfo.InvariantCulture) * PageBytes : 0;
    }

    /// <summary>The same with shared bytes divided by those who share them: slower, exact for a tree.</summary>
    public static long ProportionalBytes(int id)
    {
        foreach (var line in Text($"/proc/{id}/smaps_rollup").Split('\n'))
        {
            if (line.StartsWith("Pss:", StringComparison.Ordinal))
            {
                var number = line["Pss:".Length..^"kB".Length].Trim();
                return long.Parse(number, CultureInfo.InvariantCulture) * 1024;
            }
        }
        return ResidentBytes(id);
    }

    /// <summary>The mark in its environment; null: it has none, or its environment cannot be read.</summary>
    public static string? MarkOf(int id)
    {
        var environment = Bytes($"/proc/{id}/environ").AsSpan();
        while (environment.Length > 0)
        {
            var end = environment.IndexOf((byte)0);
            var variable = end < 0 ? environment : environment[..end];
            if (variable.StartsWith(Mark))
            {
                return Encoding.UTF8.GetString(variable[Mark.Length..]);
            }
            environment = end < 0 ? [] : environment[(end + 1)..];
        }
        return null;
    }

    private static string Text(string path) => Encoding.UTF8.GetString(Bytes(path));

    // These files have no length; one read may return a part of them.
    private static byte[] Bytes(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var buffer = new byte[1024];
            var length = 0;
            int read;
            while ((read = file.Read(buffer, length, buffer.Length - length)) > 0)
            {
                length += read;
                if (length == buffer.Length && length < EnvironmentBytesMax)
                {
                    Array.Resize(ref buffer, length * 4);
                }
            }
            return buffer[..length];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
