namespace Rondo.Cli.Transfer;

/// <summary>The experiments of an MLflow database that are brought, by their ids there, beside those that are not.</summary>
internal sealed class ChosenExperiments
{
    private readonly Dictionary<long, string> _names = [];
    private readonly HashSet<long> _others = [];
    private readonly IReadOnlyList<string> _asked;

    /// <summary>Those of these names; without any, all.</summary>
    public ChosenExperiments(IReadOnlyList<string> asked) => _asked = asked;

    /// <summary>Whether some were asked for by name.</summary>
    public bool IsPart => _asked.Count > 0;

    public IEnumerable<string> Names => _names.Values;

    public bool Contains(long id) => _names.ContainsKey(id);

    /// <summary>Takes in an experiment; one of another workspace is not brought.</summary>
    public void Add(long id, string name, bool isOfDefault)
    {
        if (isOfDefault && (!IsPart || _asked.Contains(name, StringComparer.Ordinal)))
        {
            _names[id] = name;
        }
        else
        {
            _others.Add(id);
        }
    }

    /// <summary>
    /// The name of the experiment that something belongs to; null where it is not brought. Fails where nobody knows that experiment, unless some were
    /// asked for: then nobody has asked what is wrong beside them.
    /// </summary>
    public string? NameOf(long id) =>
        _names.TryGetValue(id, out var name) ? name
        : IsPart || _others.Contains(id) ? null
        : throw new FormatException(
            $"It belongs to experiment {id}, which is not in the database; MLflow does not show it either."
        );
}
