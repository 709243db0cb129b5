using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer.FileStore;

/// <summary>What of a file store cannot be read. One broken file is the problem of one owner: all others are brought.</summary>
internal sealed class StoredProblems
{
    private readonly List<TransferProblem> _found = [];

    public void Add(TransferRecord owner, string why) => Add(owner.Kind, owner.Label, why);

    public void Add(string kind, string id, string why) => _found.Add(new TransferProblem(kind, id, why));

    /// <summary>What was read; null where it could not be, which is kept as a problem.</summary>
    public T? Try<T>(TransferRecord owner, Func<T?> read)
        where T : class => Try(owner.Kind, owner.Label, read);

    public T? Try<T>(string kind, string id, Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            Add(kind, id, e.Message);
            return null;
        }
    }

    /// <summary>Tells all that were found since the last time.</summary>
    public void Tell(TransferPlaces places)
    {
        foreach (var problem in _found)
        {
            places.Refuse(problem.Kind, problem.Id, problem.Why);
        }

        _found.Clear();
    }
}
