using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Text;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Runs;

/// <summary>
/// Writes filters of runs: where what they compare is kept. The values of runs that log at present are given: the statement begins with them
/// (<see cref="With"/>).
/// </summary>
internal sealed class RunSql(Dialect dialect, IReadOnlyList<UnsettledValue>? unsettled = null) : FilterSql(dialect)
{
    private const string Latest = "tracking_metric_latest";

    // The rows of the values that are given.
    private const string Given = "unsettled";

    private WordTerm? _lead;
    private string? _with;

    /// <summary>Whether there are values of runs that log at present.</summary>
    public bool HasUnsettled { get; } = unsettled is { Count: > 0 };

    /// <summary>What the statement begins with.</summary>
    public string With => _with ??= HasUnsettled ? WriteWith(unsettled!) : "";

    public static Dictionary<string, string> Columns { get; } =
        new(StringComparer.Ordinal)
        {
            ["status"] = "r.status",
            ["run_id"] = "r.id",
            ["run_name"] = "r.name",
            ["user_id"] = "r.user_id",
            ["artifact_uri"] = "r.artifact_uri",
            ["start_time"] = "r.started_at",
            ["end_time"] = "r.ended_at",
        };

    public static string TableOf(FilterEntity entity) =>
        entity switch
        {
            FilterEntity.Metric => Latest,
            FilterEntity.Param => "tracking_param",
            _ => "tracking_tag",
        };

    /// <summary>Runs of these experiments, in this state of life, that the filter finds; <c>r</c> is the run.</summary>
    public string Where(IReadOnlyList<long> experiments, ViewType view, FilterNode? filter) =>
        $"r.experiment in {AddAll(experiments.Cast<object>())} and {Where(view, filter)}";

    /// <summary>Runs in this state of life that the filter finds.</summary>
    public string Where(ViewType view, FilterNode? filter) =>
        $"r.lifecycle in {AddAll(Lifecycle.Of(view))}"
        + (NameIn(filter) is { } name ? $" and r.name = {Add(name)}" : "")
        + (filter is null ? "" : " and " + Write(filter));

    /// <summary>
    /// The name that every run must have to be found; null: it may be any. It stands beside the tag that a filter compares, in the row of the
    /// run, for an index.
    /// </summary>
    public static string? NameIn(FilterNode? filter) =>
        filter switch
        {
            FilterAnd and => and.Parts.Select(NameIn).FirstOrDefault(name => name is not null),
            FilterComparison { Operator: FilterOperator.Equal } comparison when IsName(comparison.Field) => (string)
                comparison.Values[0],
            _ => null,
        };

    private static bool IsName(FilterField field) =>
        field
            is { Entity: FilterEntity.Attribute, Key: "run_name" }
                or { Entity: FilterEntity.Tag, Key: TrackingNames.RunNameTag };

    /// <summary>A word that every run must have to be found, and that few have; null: there is none.</summary>
    public static WordTerm? LeadIn(FilterNode? filter) =>
        filter switch
        {
            FilterAnd and => and.Parts.Select(LeadIn).FirstOrDefault(term => term is not null),
            FilterWords words => words.Terms.FirstOrDefault(term => term.LeadsToRows),
            _ => null,
        };

    /// <summary>The runs that a word leads to, read in the order in which the tables stand.</summary>
    public string FromWord(WordTerm lead)
    {
        _lead = lead;
        return $"(select distinct w.run from tracking_word w where {lead.Condition(this, "w.word")}) k cross join tracking_run r";
    }

    protected override string WriteTerm(WordTerm term) =>
        ReferenceEquals(term, _lead) ? "r.id = k.run"
        : term.LeadsToRows
            ? $"r.id in (select w.run from tracking_word w where {term.Condition(this, "w.word")} and w.run <> '{TextIndex.NoRun}')"
        : $"exists (select 1 from tracking_word w where {term.Condition(this, "w.word")} and w.experiment = r.experiment and w.run = r.id)";

    protected override FilterPlace PlaceOf(FilterField field) =>
        field switch
        {
            { Entity: FilterEntity.Attribute, Key: "run_name" } => PlaceOf(
                new FilterField(FilterEntity.Tag, TrackingNames.RunNameTag)
            ),
            { Entity: FilterEntity.Attribute } => new FilterPlace(Columns[field.Key]),
            { Entity: FilterEntity.Dataset } => new FilterPlace(
                field.Key == "context" ? "i.context" : "f." + field.Key,
                "tracking_input i join tracking_dataset f on f.id = i.dataset where i.run = r.id"
            ),
            { Entity: FilterEntity.Metric } => PlaceOfMetric(field),
            _ => new FilterPlace("f.value", $"{TableOf(field.Entity)} f where {IsOf("f", field)}"),
        };

    /// <summary>The condition under which a row of what runs log is the one of the run <c>r</c> that a field means.</summary>
    public string IsOf(string row, FilterField field, bool given = false) =>
        $"{row}.run_number = r.number and {Means(row, field, given)}";

    // The condition that a row of what a run has logged is what a field means; "given": a row of the values that are given.
    private string Means(string row, FilterField field, bool given) =>
        (HasUnsettled && !given && field.Entity == FilterEntity.Metric ? $"{row}.settled = 1 and " : "")
        + $"{row}.key = "
        // A metric that is called "loss.min" itself is meant before the least of "loss".
        + (
            field.Statistic is null
                ? Add(field.Key)
                : $"(case when {IsThere(row, field.Name)} then {Add(field.Name)} else {Add(field.Key)} end)"
        );

    /// <summary>The rows of metrics, from which <see cref="IsOf"/> chooses.</summary>
    public static string MetricRows(bool given) => given ? Given : Latest;

    /// <summary>The value of a metric, and 1 where it is no number, in a row of the latest points or, <paramref name="given"/>, of those given.</summary>
    public (string Value, string IsNan) ValueOf(string row, FilterField field, bool given = false)
    {
        if (field.Statistic is not { } statistic)
        {
            return (row + ".value", row + ".is_nan");
        }

        // Without a least one all points are NaN.
        var withoutNumbers = $"(case when {row}.min_value is null then 1 else 0 end)";
        var (value, isNan) = statistic switch
        {
            MetricStatistic.Min => (row + ".min_value", withoutNumbers),
            MetricStatistic.Max => (row + ".max_value", withoutNumbers),
            MetricStatistic.Mean => (given ? row + ".mean_value" : Mean(row), withoutNumbers),
            MetricStatistic.Best => (Best(row, field.Key), withoutNumbers),
            _ => (row + ".value", row + ".is_nan"),
        };
        var isNamed = $"{row}.key = {Add(field.Name)}";
        return (
            $"(case when {isNamed} then {row}.value else {value} end)",
            $"(case when {isNamed} then {row}.is_nan else {isNan} end)"
        );
    }

    private string IsThere(string row, string key)
    {
        var isOf = $"n.run_number = {row}.run_number and n.key = {Add(key)}";
        var settled = $"exists (select 1 from {Latest} n where {isOf})";
        return HasUnsettled ? $"({settled} or exists (select 1 from {Given} n where {isOf}))" : settled;
    }

    // Packs say how many numbers they hold, and their sum.
    private static string Mean(string row) =>
        $"""
            (select sum(m.total) / nullif(sum(m.numbers), 0) from (
                select p.total, p.numbers from tracking_metric_pack p where p.run_number = {row}.run_number and p.key = {row}.key
                union all select o.value, 1 from tracking_metric o
                where o.run_number = {row}.run_number and o.key = {row}.key and o.is_nan = 0) m)
            """;

    private string Best(string row, string key) =>
        $"(case (select g.value from tracking_experiment_tag g where g.experiment = {row}.experiment and g.key = {Add(MetricGoal.TagOf(key))})"
        + $" when {Add(MetricGoal.Maximize)} then {row}.max_value else {row}.min_value end)";

    private FilterPlace PlaceOfMetric(FilterField field)
    {
        var (value, isNan) = ValueOf("f", field);
        var settled = new FilterPlace(value, $"{Latest} f where {IsOf("f", field)}") { IsNan = isNan };
        return HasUnsettled ? settled with { Else = PlaceOfGiven(field) } : settled;
    }

    private FilterPlace PlaceOfGiven(FilterField field)
    {
        var (value, isNan) = ValueOf("f", field, given: true);
        return new FilterPlace(value, $"{Given} f where {Means("f", field, given: true)}")
        {
            IsNan = isNan,
            Link = ("r.number", "f.run_number"),
        };
    }

    private string WriteWith(IReadOnlyList<UnsettledValue> values)
    {
        var keys = values
            .Select(value => value.Range.Latest.Key)
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(key => key, key => Add(key), StringComparer.Ordinal);
        var rows = values.Select(value =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"({value.Run}, {value.Experiment}, {keys[value.Range.Latest.Key]}, {Number(value.Range.Latest.Value)}, {value.Range.Latest.IsNan}, {Number(value.Range.Min)}, {Number(value.Range.Max)}, {Number(value.Mean)})"
            )
        );
        return $"with {Given} (run_number, experiment, key, value, is_nan, min_value, max_value, mean_value) as (values {string.Join(", ", rows)}) ";
    }

    // The databases take some ten thousand arguments; the least and the greatest are often the latest, and often none are asked for.
    private string Number(double? value) =>
        value is { } number ? $"cast({(number == 0 ? "0" : Add(number))} as double precision)" : "cast(null as double precision)";
}
