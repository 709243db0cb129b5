using System.Globalization;
using System.Text.Json;
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

    private const string Exact =
        "cast(value ->> 1 as double precision) * power(2.0, cast(value ->> 2 as double precision)) * power(2.0, cast(value ->> 3 as double precision))";

    // What of a value stands in its index (0014_by_value.sql).
    private const int BeginningLength = 48;

    private const int MantissaBits = 52;
    private const int ExponentOfOne = 1023 + MantissaBits;
    private const int PowerMin = -500;

    private const string Greatest = "1.7976931348623157e308";
    private const string GreatestMean = "4.18558049682135e298";

    private readonly List<FilterField> _given = [.. (unsettled ?? []).Select(value => value.Field).Distinct()];
    private object? _lead;
    private string? _with;

    // Of a run that a value leads to, what it logged is looked at before its own row is read: most that are found fulfil no other condition. (Of what is
    // given it is not: PostgreSQL would compare each of the runs that log with each.)
    private string Number => _lead is FilterRare ? "k.run" : "r.number";

    /// <summary>What the statement begins with.</summary>
    public string With => _with ??= _given.Count == 0 ? "" : WriteWith(unsettled!);

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

    /// <summary>A word or a value that every run must have to be found, and that few have; null: there is none.</summary>
    public static object? LeadIn(FilterNode? filter) =>
        filter switch
        {
            FilterAnd and => and.Parts.Select(LeadIn).FirstOrDefault(lead => lead is not null),
            FilterWords words => words.Terms.FirstOrDefault(term => term.LeadsToRows),
            FilterRare rare => rare,
            _ => null,
        };

    /// <summary>The runs that a word or a value (<see cref="LeadIn"/>) leads to, read in the order in which the tables stand.</summary>
    public string FromFew(object lead)
    {
        _lead = lead;
        var few = lead is WordTerm term
            ? $"select distinct w.run from tracking_word w where {term.Condition(this, "w.word")}"
            : FewWith((FilterRare)lead);
        return $"({few}) k cross join tracking_run r";
    }

    // PostgreSQL does not know of a value in an argument that few have it; it does know a limit. They were counted on the same snapshot: there are no more.
    private string FewWith(FilterRare rare)
    {
        var few = $"select s.run from ({RunsWith(rare)} limit {rare.RunsMax.ToString(CultureInfo.InvariantCulture)}) s";
        return GivenFor(rare.Comparison.Field, "u") is { } given
            ? $"{few} union select u.run_number from {given}"
            : few;
    }

    /// <summary>The numbers of runs that can fulfil a comparison, as the index of values has them; each once.</summary>
    public string RunsWith(FilterRare rare)
    {
        var comparison = rare.Comparison;
        if (comparison.Field.Entity != FilterEntity.Metric)
        {
            var values = comparison.Values.Select(value => BeginningOf(Add(value))).ToList();
            var among = values is [var only] ? "= " + only : $"in ({string.Join(", ", values)})";
            return $"select p.run_number as run from {TableOf(comparison.Field.Entity)} p where p.key = {Add(comparison.Field.Key)} and {BeginningOf("p.value")} {among}";
        }

        return $"select p.run_number as run from {Latest} p where p.settled = 1 and {IsIn("p.experiment", rare.Experiments)}"
            + $" and p.key = {Add(comparison.Field.Key)} and p.is_nan = 0 and {Compare("p.value", comparison)}";
    }

    /// <summary>The condition that an experiment is one of these: one argument, however many they are.</summary>
    public string IsIn(string column, IReadOnlyList<long> experiments) =>
        Dialect.IsAmongNumbers(column, Add(JsonSerializer.Serialize(experiments)));

    /// <summary>What of a value its index has.</summary>
    public static string BeginningOf(string value) => $"substr({value}, 1, {BeginningLength})";

    /// <summary>Whether a text that its index has is the whole value: it is shorter than what can stand there.</summary>
    public static bool IsWholeInIndex(string value) => value.Length < BeginningLength;

    private bool IsToldByIndex(FilterComparison comparison) =>
        comparison.Field.Entity == FilterEntity.Metric
            ? GivenFor(comparison.Field, "u") is null
            : comparison.Values.All(value => IsWholeInIndex((string)value));

    /// <summary>Writes a filter as a condition.</summary>
    public override string Write(FilterNode node) =>
        node is not FilterRare rare ? base.Write(node)
        : ReferenceEquals(rare, _lead)
            ? "r.number = k.run" + (IsToldByIndex(rare.Comparison) ? "" : " and " + base.Write(rare.Comparison))
        : base.Write(rare.Comparison);

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

    /// <summary>
    /// The rows, called <paramref name="row"/>, that give the value of a field for runs that log at present: number of the run, value, and 1 where it
    /// is none. Null where there are none.
    /// </summary>
    public string? GivenFor(FilterField field, string row) =>
        _given.IndexOf(field) is var place and >= 0 ? $"{Given(place)} {row}" : null;

    /// <summary>The condition under which a row of what runs log is the one of the run <c>r</c> that a field means.</summary>
    public string IsOf(string row, FilterField field) =>
        field.Statistic is null
            ? $"{row}.run_number = {Number} and {row}.key = {Add(field.Key)}"
            // A metric that is called "loss.min" itself is meant before the least of "loss".
            : $"{row}.run_number = {Number} and {row}.key = (case when exists (select 1 from {Latest} n"
                + $" where n.run_number = {Number} and n.key = {Add(field.Name)}) then {Add(field.Name)} else {Add(field.Key)} end)";

    /// <summary>The value of a metric, and 1 where it is no number, in a row of the latest points.</summary>
    public (string Value, string IsNan) ValueOf(string row, FilterField field)
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
            MetricStatistic.Mean => (Mean(row), withoutNumbers),
            MetricStatistic.Best => (Best(row, field.Key), withoutNumbers),
            _ => (row + ".value", row + ".is_nan"),
        };
        var isNamed = $"{row}.key = {Add(field.Name)}";
        return (
            $"(case when {isNamed} then {row}.value else {value} end)",
            $"(case when {isNamed} then {row}.is_nan else {isNan} end)"
        );
    }

    // Sums are kept divided; what would pass beyond the greatest number, multiplied again, is that.
    private static string Mean(string row) =>
        $"""
            (select case when a.mean > {GreatestMean} then {Greatest} when a.mean < -{GreatestMean} then -{Greatest} else a.mean * {CurvePoints.SumScaleSql} end
            from (select case when m.numbers > 0 then {CurvePoints.DivideSql("m.total", "m.numbers")} end as mean from ({CurveReader.SumSql(
                row + ".run_number",
                row + ".key"
            )}) m) a)
            """;

    private string Best(string row, string key) =>
        $"(case (select g.value from tracking_experiment_tag g where g.experiment = {row}.experiment and g.key = {Add(MetricGoal.TagOf(key))})"
        + $" when {Add(MetricGoal.Maximize)} then {row}.max_value else {row}.min_value end)";

    private FilterPlace PlaceOfMetric(FilterField field)
    {
        var (value, isNan) = ValueOf("f", field);
        var place = new FilterPlace(value, $"{Latest} f where {IsOf("f", field)}") { IsNan = isNan };
        return GivenFor(field, "g") is not { } given
            ? place
            : place with
            {
                Rows = $"{place.Rows} and r.number not in (select g.run_number from {given})",
                Else = new FilterPlace("f.value", $"{GivenFor(field, "f")} where 1 = 1")
                {
                    Link = ("r.number", "f.run_number"),
                },
            };
    }

    private string WriteWith(IReadOnlyList<UnsettledValue> values)
    {
        var lists = _given.Select(
            (field, place) =>
            {
                var rows = values.Where(value => value.Field == field).Select(RowOf);
                var list = Dialect.ElementsOf(Add(JsonSerializer.Serialize(rows)), "j");
                return $"{Given(place)} as materialized (select cast(value ->> 0 as bigint) as run_number, {Exact} as value, cast(value ->> 4 as bigint) as is_nan from {list})";
            }
        );
        return $"with {string.Join(", ", lists)} ";
    }

    // A number as digits may come back as its neighbour: it goes as a whole number and two powers of two, whose product it is to the bit. (One
    // power would not do: those of the least numbers are none that a database computes.)
    private static long[] RowOf(UnsettledValue of)
    {
        var (number, isNan) = double.IsNaN(of.Value) ? (0, 1L) : (of.Value, 0L);
        if (number == 0)
        {
            return [of.Run, 0, 0, 0, isNan];
        }

        var bits = BitConverter.DoubleToInt64Bits(number);
        var exponent = (int)((bits >> MantissaBits) & 0x7ff);
        var mantissa = bits & ((1L << MantissaBits) - 1);
        mantissa = exponent == 0 ? mantissa : mantissa | (1L << MantissaBits);
        var power = Math.Max(exponent, 1) - ExponentOfOne;
        var first = Math.Max(power, PowerMin);
        return [of.Run, bits < 0 ? -mantissa : mantissa, first, power - first, isNan];
    }

    private static string Given(int place) => string.Create(CultureInfo.InvariantCulture, $"unsettled{place}");
}
