using System.Runtime.CompilerServices;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer.FileStore;

/// <summary>
/// A file store of MLflow (<c>mlruns/</c>): folders with files <c>meta.yaml</c>, as MLflow kept them by default before version 3.7. It is read as
/// it stands: what is written meanwhile comes with the next import.
/// </summary>
internal sealed class FileStoreSource : ITransferSource
{
    private readonly string _store;
    private readonly MlflowOwners _owners;
    private readonly IReadOnlyList<StoredExperiment> _experiments;
    private readonly SourceProblems _problems;
    private readonly bool _partly;
    private readonly List<string> _notes = [];

    // The folders of runs and logged models by their ids.
    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);

    private FileStoreSource(
        string store,
        MlflowFiles files,
        IReadOnlyList<StoredExperiment> experiments,
        SourceProblems problems,
        bool partly
    )
    {
        _store = store;
        _owners = new MlflowOwners(files);
        _experiments = experiments;
        _problems = problems;
        _partly = partly;
    }

    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Whether a folder is such a store.</summary>
    public static bool Is(string folder) => !IsInside(folder) && StoredExperiments.Folders(folder).Count > 0;

    /// <summary>Whether a folder is a part of one: an experiment, or the registry.</summary>
    public static bool IsInside(string folder) =>
        MetaFile.IsIn(folder)
        || (
            Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) is StoredExperiments.Models
            && StoredTexts.Folders(folder).Any(MetaFile.IsIn)
        );

    /// <summary>Finds the experiments of a store, and those that are asked for among them.</summary>
    public static FileStoreSource Open(string store, string? artifacts, IReadOnlyList<string> asked)
    {
        var problems = new SourceProblems();
        var notes = new List<string>();
        var all = new StoredExperiments(store, problems).Read(notes);
        MlflowExperiments.RequireAll(asked, all.Select(one => one.Name));
        var partly = asked.Count > 0;
        var chosen = partly ? [.. all.Where(one => asked.Contains(one.Name, StringComparer.Ordinal))] : all;
        // The files are in the store itself, wherever it stood when they were written.
        var files = new MlflowFiles(
            Path.GetDirectoryName(store) ?? store,
            artifacts,
            store,
            Path.Combine(store, StoredExperiments.Trash)
        );
        // Who asks for some experiments has not asked what is wrong with others.
        var source = new FileStoreSource(store, files, chosen, partly ? new SourceProblems() : problems, partly);
        source._notes.AddRange(notes);
        var traces = chosen.Sum(one => StoredTexts.Folders(Path.Combine(one.Folder, "traces")).Count);
        if (traces > 0)
        {
            var told = MlflowLeftOut.Counted(traces, "trace", "traces");
            source._notes.Add($"Left out, for there is no place for them here: {told}.");
        }

        return source;
    }

    public async IAsyncEnumerable<TransferRecord> TrackingAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var record in Tracking())
        {
            cancellation.ThrowIfCancellationRequested();
            _owners.Remember(record);
            yield return record;
        }
    }

    public async IAsyncEnumerable<TransferRecord> RegistryAsync(
        TransferPlaces places,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await Task.CompletedTask;
        var models = Path.Combine(_store, StoredExperiments.Models);
        foreach (var record in new StoredRegistry(models, _owners.Versions, _problems, _partly).Read(places))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return record;
        }

        _problems.Tell(places);
    }

    public IEnumerable<TransferFile> Files(TransferPlaces places)
    {
        _problems.Tell(places);
        return _owners.Files(places, _notes);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private IEnumerable<TransferRecord> Tracking() =>
        _experiments
            .Select(one => (TransferRecord)one.Record)
            .Concat(_experiments.SelectMany(one => new StoredRuns(one, _folders, _problems).Read()))
            .Concat(_experiments.SelectMany(one => new StoredModels(one, _folders, _problems).Read()));
}
