using System.Text;
using System.Text.Json;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>
/// What has come to its end in a run, a line of JSON each, written when it does: a run that is killed leaves all that it had published. The
/// first line says which run it is. A line that was cut off counts as not written.
/// </summary>
internal sealed class LocalJournal : IDisposable
{
    private const string FileName = "journal.jsonl";

    private readonly FileStream _file;
    private readonly Lock _gate = new();

    private LocalJournal(FileStream file) => _file = file;

    /// <summary>Begins the journal of a run; null if the folder has one: then the run's id is taken.</summary>
    public static LocalJournal? Begin(string folder)
    {
        Directory.CreateDirectory(folder);
        try
        {
            return new LocalJournal(
                new FileStream(
                    Path.Combine(folder, FileName),
                    FileMode.CreateNew,
                    FileAccess.Write,
                    FileShare.Read | FileShare.Delete,
                    bufferSize: 0
                )
            );
        }
        catch (IOException) when (File.Exists(Path.Combine(folder, FileName)))
        {
            return null;
        }
    }

    /// <summary>What a run's journal says; null if there is none that begins as one.</summary>
    public static (LocalRun Run, IReadOnlyList<LocalNode> Nodes)? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file, Encoding.UTF8);
        if (Line<LocalRun>(reader.ReadLine()) is not { } run)
        {
            return null;
        }
        var nodes = new List<LocalNode>();
        while (reader.ReadLine() is { } line)
        {
            if (Line<LocalNode>(line) is { } node)
            {
                nodes.Add(node);
            }
        }
        return (run, nodes);
    }

    /// <summary>The first line.</summary>
    public void Head(LocalRun run) => Append(run);

    /// <summary>A node has come to its end: from here on, what it made is published.</summary>
    public void Node(LocalNode node) => Append(node);

    public void Dispose() => _file.Dispose();

    private void Append<T>(T value)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(value, RondoJson.Options), (byte)'\n'];
        lock (_gate)
        {
            // One write: another process that reads sees a whole line, or the beginning of one.
            _file.Write(line);
        }
    }

    private static T? Line<T>(string? line)
        where T : class
    {
        try
        {
            return line is null ? null : JsonSerializer.Deserialize<T>(line, RondoJson.Options);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }
}
