namespace Rondo.Data;

/// <summary>Several sources, one below the other.</summary>
internal sealed class JoinedSource(string name, IReadOnlyList<TableSource> sources) : TableSource(name)
{
    public override Quarantine Quarantine =>
        new(
            sources.Sum(source => source.Quarantine.Count),
            [.. sources.SelectMany(source => source.Quarantine.Rows).Take(Quarantine.RowsMax)]
        );

    public override IReadOnlyList<TableSource> Files => [.. sources.SelectMany(source => source.Files)];

    public override IEnumerable<Table> Read() => sources.SelectMany(source => source.Read());
}
