namespace Rondo.Data;

internal static class SchemaInference
{
    private const int DomainMax = 20;
    private const int RowsPerDomainValueMin = 10;
    private const int UniqueRowsMin = 100;

    public static TableSchema Of(RowType type)
    {
        var columns = type.Members.Select(Of).ToArray();
        return new TableSchema(type.Type.Name, columns, type.Type.IsDefined(typeof(AllowExtraColumnsAttribute), true));
    }

    /// <summary>Limits are set only where they hardly depend on the sample: what was never negative, and what never came twice.</summary>
    public static TableSchema Of(string name, TableStatistics statistics) =>
        new(name, [.. statistics.Columns.Select(Of)]);

    public static TableSchema Of(string name, Table table) => new(name, table.Columns.Select(Of).ToArray());

    private static ColumnExpectation Of(ColumnStatistics column)
    {
        var isCategory = column is { Type: ColumnType.Text, Top.Count: > 0, Distinct: <= DomainMax };
        var few = isCategory && column.Distinct * RowsPerDomainValueMin <= column.Count;
        var isName = column.Type is ColumnType.Text or ColumnType.Integer;
        return new ColumnExpectation(
            column.Name,
            column.Type,
            Nullable: column.Missing > 0,
            Min: column.Numbers is { Min: >= 0 } ? 0 : null,
            Domain: few ? [.. column.Top!.Select(value => value.Value).Order(StringComparer.Ordinal)] : null
        )
        {
            Unique =
                isName && column.DistinctIsExact && column.Count >= UniqueRowsMin && column.Distinct == column.Count,
        };
    }

    private static ColumnExpectation Of(RowMember member)
    {
        var between = member.Find<BetweenAttribute>();
        var domain =
            member.Find<OneOfAttribute>()?.Values ?? (member.Value.IsEnum ? Enum.GetNames(member.Value) : null);
        var optional = member.Find<OptionalColumnAttribute>() is not null;
        return optional && !member.Nullable
            ? throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Member '{member.Member.Name}' is an optional column, but cannot be null.",
                $"Make it {member.Type.Name}?."
            )
            : new ColumnExpectation(
                member.Column,
                member.ColumnType,
                !optional,
                member.Nullable,
                between?.Min,
                between?.Max,
                domain
            );
    }

    private static ColumnExpectation Of(Column column)
    {
        IReadOnlyList<string>? domain = null;
        if (column is Column<string> texts)
        {
            var values = texts.Present().Distinct(StringComparer.Ordinal).Take(DomainMax + 1).ToList();
            values.Sort(StringComparer.Ordinal);
            var few = values.Count is > 0 and <= DomainMax && values.Count * RowsPerDomainValueMin <= column.Count;
            domain = few ? values : null;
        }

        return new ColumnExpectation(column.Name, column.Type, Nullable: column.MissingCount > 0, Domain: domain);
    }
}
