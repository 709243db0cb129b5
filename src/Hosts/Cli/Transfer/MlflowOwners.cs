using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>The runs and logged models that an MLflow has told, with where it keeps their files.</summary>
internal sealed class MlflowOwners(MlflowFiles files)
{
    private readonly Dictionary<string, string> _roots = new(StringComparer.Ordinal);

    // Of these files must be there.
    private readonly HashSet<string> _readyModels = new(StringComparer.Ordinal);

    /// <summary>Where the versions of models have their files that are made of these.</summary>
    public MovedVersions Versions => new(_roots, files);

    /// <summary>Keeps where the files are, if it is one that has files.</summary>
    public void Remember(TransferRecord record)
    {
        switch (record)
        {
            case RunRecord run:
                _roots[run.Id] = run.ArtifactUri ?? "";
                break;
            case LoggedModelRecord model:
                _roots[model.Id] = model.ArtifactUri ?? "";
                if (model is { Status: MlflowLoggedModels.Ready, Lifecycle: "active" })
                {
                    _readyModels.Add(model.Id);
                }

                break;
        }
    }

    /// <summary>The files of all of them that have come, and in the notes what looks as if files were elsewhere.</summary>
    public IEnumerable<TransferFile> Files(TransferPlaces places, List<string> notes)
    {
        var search = new MlflowSearch(files);
        foreach (var (owner, root) in _roots)
        {
            // Files in a store that both sides reach stay there.
            if (
                TransferAddress.IsElsewhere(root)
                || places.Of(owner) is not { } place
                || !TransferAddress.IsProxied(place)
            )
            {
                continue;
            }

            if (search.Find(root, owner) is { } folder)
            {
                foreach (var file in Below(folder, owner, places))
                {
                    yield return file;
                }
            }
            else if (_readyModels.Contains(owner) && !search.IsBlind(root))
            {
                places.Refuse(LoggedModelRecord.KindName, owner, $"Its files are not where they should be: {root}.");
            }
        }

        search.Tell(places, notes);
    }

    // A folder that cannot be read to its end is one problem of one owner.
    private static IReadOnlyList<TransferFile> Below(string folder, string owner, TransferPlaces places)
    {
        try
        {
            return MlflowFiles.Below(folder, owner);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            places.Refuse(TransferTally.Files, owner, $"Its files were left out: {e.Message}");
            return [];
        }
    }
}
