using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>What of a source cannot be read. A broken file or row is the problem of its owner: all others are brought.</summary>
internal sealed class SourceProblems
{
    private readonly List<TransferProblem> _found = [];
    private readonly HashSet<TransferProblem> _known = [];
    private readonly HashSet<(string Kind, string Id)> _withPoints = [];

    public void Add(TransferRecord owner, string why) => Add(owner.Kind, owner.Label, why);

    /// <summary>Keeps a problem; the same one is kept once.</summary>
    public void Add(string kind, string id, string why)
    {
        var problem = new TransferProblem(kind, id, why);
        if (_known.Add(problem))
        {
            _found.Add(problem);
        }
    }

    /// <summary>Adds those of these links that lead to something of a kind.</summary>
    public void AddLinks(string kind, IEnumerable<string> links, Func<string, bool> isOne)
    {
        foreach (var link in links.Where(isOne))
        {
            Add(
                kind,
                Path.GetFileName(link),
                $"{link} is a link, and links are not followed: put what it leads to in its place."
            );
        }
    }

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

    /// <summary>The point that was read. Of an owner's points that cannot be, the first one is told: all may be wrong.</summary>
    public TransferPoint? TryPoint(string kind, string id, Func<TransferPoint> read)
    {
        try
        {
            return read();
        }
        catch (FormatException e)
        {
            if (_withPoints.Add((kind, id)))
            {
                Add(kind, id, $"{e.Message} Points like it were left out.");
            }

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
