using System.Globalization;
using System.Text.Json;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>The runs of one folder. Any number of processes may run in it at once, and any of them may be killed.</summary>
internal sealed class LocalRuns(string folder)
{
    /// <summary>The name that stands for the newest run.</summary>
    public const string Latest = "latest";

    private const string Prefix = "local-";
    private const string RunFile = "run.json";
    private const string LockFile = "alive";
    private const string StagingFolder = "staging";

    private readonly string _runs = Path.Combine(folder, "runs");

    /// <summary>Takes the next free id. The run counts as alive until it is disposed, or its process dies.</summary>
    public OpenRun Begin()
    {
        Directory.CreateDirectory(_runs);
        RemoveLeftovers();
        for (var number = Ids().Select(Number).DefaultIfEmpty(0).Max() + 1; ; number++)
        {
            var id = Prefix + number.ToString("0000", CultureInfo.InvariantCulture);
            var run = Path.Combine(_runs, id);
            Directory.CreateDirectory(run);
            if (TryLock(run) is not { } alive)
            {
                continue;
            }
            if (LocalJournal.Begin(run) is { } journal)
            {
                return new OpenRun(id, run, journal, alive);
            }
            alive.Dispose();
        }
    }

    /// <summary>The ids of all runs that have begun, newest first.</summary>
    public IReadOnlyList<string> NewestFirst() => [.. Ids().OrderByDescending(Number)];

    /// <summary>A run, also one that has not come to its end; null if there is none that can be read.</summary>
    public LocalRun? Find(string id)
    {
        var run = Path.Combine(_runs, id);
        try
        {
            return JsonSerializer.Deserialize<LocalRun>(
                File.ReadAllBytes(Path.Combine(run, RunFile)),
                RondoJson.Options
            );
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return LocalJournal.Read(run) is { } journal
                ? journal.Run with
                {
                    State = LocalState.Cancelled,
                    Reason = "It has not come to its end: it is under way, or was killed.",
                    Nodes = journal.Nodes,
                }
                : null;
        }
    }

    /// <summary>The run of that id; <see cref="Latest"/> is the newest one.</summary>
    public LocalRun Get(string name)
    {
        var ids = NewestFirst();
        var id = name == Latest ? (ids.Count > 0 ? ids[0] : null) : ids.FirstOrDefault(known => known == name);
        return (id is null ? null : Find(id))
            ?? throw new RondoException(
                ErrorCode.NotFound,
                name == Latest ? $"There is no run in {folder} yet." : $"There is no run '{name}' in {folder}.",
                ids.Count == 0
                    ? "Run the pipeline first, or pass --folder."
                    : $"The newest are: {string.Join(", ", ids.Take(5))}."
            );
    }

    /// <summary>Runs of the pipeline that began before, newest first.</summary>
    public IEnumerable<LocalRun> Before(LocalRun run) =>
        NewestFirst()
            .SkipWhile(id => Number(id) >= Number(run.Id))
            .Select(Find)
            .OfType<LocalRun>()
            .Where(earlier => earlier.Pipeline == run.Pipeline);

    /// <summary>Whether a text can be the name of a run: a step has no such name.</summary>
    public static bool IsName(string text) =>
        text == Latest || (text.StartsWith(Prefix, StringComparison.Ordinal) && Number(text) > 0);

    private IEnumerable<string> Ids() =>
        Directory.Exists(_runs)
            ? Directory.EnumerateDirectories(_runs, Prefix + "*").Select(path => Path.GetFileName(path)!)
            : [];

    private static long Number(string id) =>
        long.TryParse(id.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;

    // What killed runs left half done. A run that is alive keeps its own.
    private void RemoveLeftovers()
    {
        foreach (var run in Ids().Select(id => Path.Combine(_runs, id)))
        {
            var staging = Path.Combine(run, StagingFolder);
            if (!Directory.Exists(staging))
            {
                continue;
            }
            using var alive = TryLock(run);
            if (alive is not null)
            {
                Remove(staging);
            }
        }
    }

    private static void Remove(string staging)
    {
        try
        {
            Directory.Delete(staging, recursive: true);
        }
        catch (IOException)
        {
            // Another run removes it just now, or a program that a killed run started still writes there. The next run tries again.
        }
    }

    private static FileStream? TryLock(string run)
    {
        try
        {
            return new FileStream(
                Path.Combine(run, LockFile),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>A run that is alive.</summary>
    internal sealed class OpenRun(string id, string folder, LocalJournal journal, FileStream alive) : IDisposable
    {
        public string Id { get; } = id;

        public string Folder { get; } = folder;

        public LocalJournal Journal { get; } = journal;

        public string Staging { get; } = Path.Combine(folder, StagingFolder);

        /// <summary>The run is over, and this is what it was.</summary>
        public void End(LocalRun run)
        {
            var path = Path.Combine(Folder, RunFile);
            File.WriteAllBytes(path + ".part", JsonSerializer.SerializeToUtf8Bytes(run, RondoJson.Indented));
            File.Move(path + ".part", path, overwrite: true);
            if (Directory.Exists(Staging))
            {
                Remove(Staging);
            }
        }

        public void Dispose()
        {
            Journal.Dispose();
            alive.Dispose();
        }
    }
}
