namespace Rondo.Data;

/// <summary>A source whose parts somebody else looks at, too.</summary>
internal sealed class TappedSource(TableSource source, Action<Table> look) : TableSource(source.Name)
{
    public override Quarantine Quarantine => source.Quarantine;

    public override IReadOnlyList<TableSource> Files =>
        source.Files is [var only] && only == source ? [this] : [.. source.Files.Select(file => file.Tap(look))];

    public override IEnumerable<Table> Read()
    {
        foreach (var part in source.Read())
        {
            look(part);
            yield return part;
        }
    }
}
