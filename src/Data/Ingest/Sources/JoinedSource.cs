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

    public override IEnumerable<Table> Read()
    {
        var known = new Dictionary<string, (ColumnType Type, string File)>(ColumnNames.Comparer);
        foreach (var source in sources)
        {
            foreach (var part in source.Read())
            {
                foreach (var column in part.Columns.Where(column => column.MissingCount < column.Count))
                {
                    known[column.Name] = Fitting(column, source.Name, known.GetValueOrDefault(column.Name));
                }

                yield return part;
            }
        }
    }

    // Whole numbers are numbers; a column without a value fits everywhere.
    private static (ColumnType, string) Fitting(Column column, string file, (ColumnType Type, string? File) before) =>
        before.File is null || before.Type == column.Type ? (column.Type, before.File ?? file)
        : TableConcat.Common(before.Type, column.Type) is ColumnType.Number ? (ColumnType.Number, file)
        : throw new RondoException(
            ErrorCode.InvalidArgument,
            $"Column '{column.Name}' holds {column.Type} in {file}, and {before.Type} in {before.File}.",
            "Give the column one type in all files."
        );
}
