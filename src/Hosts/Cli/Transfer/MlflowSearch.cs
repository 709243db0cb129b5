using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>The search for the folders of runs and logged models, and what it says of their places once all were looked for.</summary>
internal sealed class MlflowSearch(MlflowFiles files)
{
    private int _unseen;
    private int _found;
    private int _missed;

    // Addresses on a disk of which not even the place is here.
    private readonly List<string> _lost = [];

    /// <summary>Whether files cannot be looked for at an address: they stand behind a server, and no folder was named.</summary>
    public bool IsBlind(string root) => TransferAddress.IsProxied(root) && !files.HasFolder;

    /// <summary>An owner's folder; null where there is none, as with whoever has no files.</summary>
    public string? Find(string root, string owner)
    {
        var proxied = TransferAddress.IsProxied(root);
        if (files.Find(root, owner) is { } folder && Directory.Exists(folder))
        {
            _found += proxied ? 1 : 0;
            return folder;
        }

        if (IsBlind(root))
        {
            _unseen++;
        }
        else if (proxied)
        {
            _missed++;
        }
        else if (root.Length > 0 && !files.IsPlaceThere(root, owner))
        {
            _lost.Add(root);
        }

        return null;
    }

    /// <summary>Says what looks as if the files were elsewhere.</summary>
    public void Tell(TransferPlaces places, List<string> notes)
    {
        if (_lost.Count > 0)
        {
            notes.Add(
                $"No folder is on this disk that the files of {Owners(_lost.Count)} could be in, such as {_lost[0]}: bring the folders here, name the one that they are in with --artifacts, and import again."
            );
        }

        if (_missed > 0 && _found == 0)
        {
            notes.Add(
                $"Below the folder of --artifacts is nothing of {Owners(_missed)} whose files MLflow's server would keep: is it the server's --artifacts-destination?"
            );
        }

        if (_unseen > 0)
        {
            places.Refuse(
                TransferTally.Files,
                Owners(_unseen),
                "Their files stand behind MLflow's server (mlflow-artifacts:): name its folder, or a copy of its bucket, with --artifacts and import again."
            );
        }
    }

    private static string Owners(int count) =>
        MlflowLeftOut.Counted(count, "run or logged model", "runs and logged models");
}
