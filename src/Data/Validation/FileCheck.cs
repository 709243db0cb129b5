namespace Rondo.Data;

/// <summary>The validation of one file, part by part; what it keeps does not grow with the file.</summary>
internal sealed class FileCheck
{
    private const int ExamplesMax = 5;

    private readonly TableSchema _schema;
    private readonly string? _environment;
    private readonly List<ColumnCheck> _checks;
    private readonly List<RuleCheck> _rules;
    private readonly List<ShareCheck> _shares;

    public FileCheck(TableSchema schema, string name, IReadOnlyList<PartColumn> columns, string? environment)
    {
        (_schema, Name, Columns, _environment) = (schema, name, columns, environment);
        _checks =
        [
            .. schema
                .Columns.Where(IsLookedAt)
                .Select(expected => (Expected: expected, Found: Find(expected.Name)))
                .Where(pair => pair.Found is not null)
                .Select(pair => new ColumnCheck(schema, pair.Expected, pair.Found!)),
        ];
        _rules = [.. schema.Rules.Where(rule => Has(rule.Left) && Has(rule.Right)).Select(rule => new RuleCheck(rule))];
        _shares = [.. schema.Shares.Where(share => Has(share.Column)).Select(share => new ShareCheck(share))];
    }

    public string Name { get; }

    public IReadOnlyList<PartColumn> Columns { get; }

    public long Rows { get; private set; }

    public void Add(Table part)
    {
        foreach (var check in _checks.Where(check => part.Has(check.Name)))
        {
            check.Add(part, Rows);
        }

        _rules.ForEach(rule => rule.Add(part, Rows));
        _shares.ForEach(share => share.Add(part));
        Rows += part.RowCount;
    }

    /// <summary>What was found; the other files tell how a missing column is spelled, and who has it.</summary>
    public IEnumerable<Anomaly> Finish(IReadOnlyList<TablePart> files)
    {
        if (Columns.Count == 0)
        {
            return [Empty()];
        }

        var columns = _schema.Columns.Where(IsLookedAt).SelectMany(expected => OfColumn(expected, files));
        return columns
            .Concat(Forbidden())
            .Concat(_schema.AllowExtraColumns ? [] : ExtraColumns())
            .Concat(_rules.Select(rule => rule.Finish(Name, Rows)).OfType<Anomaly>())
            .Concat(_shares.Select(share => share.Finish(Name)).OfType<Anomaly>());
    }

    private bool IsLookedAt(ColumnExpectation expected) =>
        expected.Deprecated is null
        && !(_environment is not null && expected.AbsentIn.Contains(_environment, StringComparer.Ordinal));

    private PartColumn? Find(string column) => Columns.FirstOrDefault(c => ColumnNames.Comparer.Equals(c.Name, column));

    private bool Has(string column) => Find(column) is not null;

    private IEnumerable<Anomaly> OfColumn(ColumnExpectation expected, IReadOnlyList<TablePart> files) =>
        _checks.FirstOrDefault(check => check.Expected == expected) is { } check ? check.Finish(Name, Rows)
        : expected.Required ? [MissingColumn(expected, files)]
        : [];

    private Anomaly Empty() =>
        new(
            AnomalyKind.EmptyFile,
            null,
            Name,
            "a header line",
            "nothing",
            1,
            [],
            "Push the file again with its header."
        );

    private Anomaly MissingColumn(ColumnExpectation expected, IReadOnlyList<TablePart> files)
    {
        var having = files
            .Select(file => file.Columns.FirstOrDefault(c => ColumnNames.Comparer.Equals(c.Name, expected.Name)))
            .OfType<PartColumn>()
            .ToList();
        var name = having.Count > 0 ? having[0].Name : Spelling.Of(expected.Name, Columns.Select(c => c.Name), _schema);
        var mend =
            having.Count > 0
                ? $"Push {Name} again with the column: {(having.Count == 1 ? "another file has" : $"{having.Count} other files have")} it."
                : $"Add the column to the data, or remove '{expected.Name}' from {SchemaWords.Place(_schema)}.";
        return new Anomaly(
            AnomalyKind.MissingColumn,
            name,
            Name,
            expected.Type.ToString(),
            "no such column",
            1,
            Columns.Take(ExamplesMax).Select(c => c.Name).ToList(),
            mend
        );
    }

    private IEnumerable<Anomaly> Forbidden() =>
        Columns
            .Select(column => (column.Name, Reason: ReasonOf(column.Name)))
            .Where(column => column.Reason is not null)
            .Select(column => new Anomaly(
                AnomalyKind.ForbiddenColumn,
                column.Name,
                Name,
                column.Reason!,
                "the column",
                1,
                [],
                $"Drop the column before it is pushed, or remove it from the forbidden ones of {SchemaWords.Place(_schema)}."
            ));

    private string? ReasonOf(string column) =>
        _schema.Forbidden.Where(f => ColumnNames.Comparer.Equals(f.Key, column)).Select(f => f.Value).FirstOrDefault();

    private IEnumerable<Anomaly> ExtraColumns() =>
        Columns
            .Where(c => _schema.Find(c.Name) is null && ReasonOf(c.Name) is null)
            .Select(c => new Anomaly(
                AnomalyKind.ExtraColumn,
                c.Name,
                Name,
                "no such column",
                c.Type?.ToString() ?? "no values",
                1,
                [],
                SchemaWords.ExtraColumn(_schema, c.Name)
            ));
}
