using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>A step that is yet to be fitted, as plain data: so a recipe can be stored, compared and sent.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "step")]
[JsonDerivedType(typeof(ImputeRecipe), "impute")]
[JsonDerivedType(typeof(ScaleRecipe), "scale")]
[JsonDerivedType(typeof(ClipRecipe), "clip")]
[JsonDerivedType(typeof(LogRecipe), "log1p")]
[JsonDerivedType(typeof(BucketRecipe), "bucket")]
[JsonDerivedType(typeof(OneHotRecipe), "oneHot")]
[JsonDerivedType(typeof(OrdinalRecipe), "ordinal")]
[JsonDerivedType(typeof(TargetRecipe), "targetEncode")]
[JsonDerivedType(typeof(HashRecipe), "hashWords")]
[JsonDerivedType(typeof(WordsRecipe), "countWords")]
[JsonDerivedType(typeof(DatePartsRecipe), "dateParts")]
[JsonDerivedType(typeof(JoinRecipe), "join")]
[JsonDerivedType(typeof(CopyRecipe), "copy")]
[JsonDerivedType(typeof(DropRecipe), "drop")]
[JsonDerivedType(typeof(LagRecipe), "lag")]
[JsonDerivedType(typeof(RollingMeanRecipe), "rollingMean")]
[JsonDerivedType(typeof(SampleRecipe), "sample")]
[JsonDerivedType(typeof(BalanceRecipe), "balance")]
internal abstract record RecipeStep
{
    /// <summary>Learns from rows as the steps before left them.</summary>
    public abstract FittedStep Fit(Table table);
}

internal sealed record ImputeRecipe(string Column, FillKind Fill, StoredColumn? Value, bool Indicator) : RecipeStep
{
    public override FittedStep Fit(Table table) =>
        ImputeStep.Fit(table, Column, Data.Fill.Stored(Fill, Value?.ToColumn()), Indicator);
}

internal sealed record ScaleRecipe(string Column, Scaling Scaling) : RecipeStep
{
    public override FittedStep Fit(Table table) => ScaleStep.Fit(table, Column, Scaling);
}

internal sealed record ClipRecipe(string Column, double Lower, double Upper) : RecipeStep
{
    public override FittedStep Fit(Table table) => ClipStep.Fit(table, Column, Lower, Upper);
}

internal sealed record LogRecipe(string Column) : RecipeStep
{
    public override FittedStep Fit(Table table) => LogStep.Fit(table, Column);
}

/// <summary>By quantiles if there are no edges.</summary>
internal sealed record BucketRecipe(string Column, int? Buckets, IReadOnlyList<double>? Edges) : RecipeStep
{
    public override FittedStep Fit(Table table) =>
        Edges is null ? BucketStep.Fit(table, Column, Buckets ?? 0) : BucketStep.Fit(table, Column, Edges);
}

internal sealed record OneHotRecipe(string Column, int CategoriesMax, UnknownCategory Unknown) : RecipeStep
{
    public override FittedStep Fit(Table table) => OneHotStep.Fit(table, Column, CategoriesMax, Unknown);
}

internal sealed record OrdinalRecipe(string Column, IReadOnlyList<string>? Order, UnknownCategory Unknown) : RecipeStep
{
    public override FittedStep Fit(Table table) => OrdinalStep.Fit(table, Column, Order, Unknown);
}

internal sealed record TargetRecipe(string Column, string Target, TargetOptions Options) : RecipeStep
{
    public override FittedStep Fit(Table table) => TargetStep.Fit(table, Column, Target, Options);
}

internal sealed record HashRecipe(string Column, int Columns) : RecipeStep
{
    public override FittedStep Fit(Table table) => HashStep.Fit(table, Column, Columns);
}

internal sealed record WordsRecipe(string Column, int WordsMax, WordWeight Weight) : RecipeStep
{
    public override FittedStep Fit(Table table) => WordsStep.Fit(table, Column, WordsMax, Weight);
}

internal sealed record DatePartsRecipe(string Column, DateParts Parts) : RecipeStep
{
    public override FittedStep Fit(Table table) => DatePartsStep.Fit(table, Column, Parts);
}

/// <summary>Holds the table that is joined, which is written down only when the recipe is.</summary>
internal sealed record JoinRecipe : RecipeStep
{
    private readonly Table right;

    public JoinRecipe(Table right, IReadOnlyList<string> keys) => (this.right, Keys) = (right, keys);

    [JsonConstructor]
    public JoinRecipe(IReadOnlyList<StoredColumn> right, IReadOnlyList<string> keys)
        : this(new Table([.. right.Select(ToColumn)]), keys) { }

    public IReadOnlyList<StoredColumn> Right => [.. right.Columns.Select(StoredColumn.Of)];

    public IReadOnlyList<string> Keys { get; }

    public override FittedStep Fit(Table table) => JoinStep.Fit(table, right, Keys);

    private static Column ToColumn(StoredColumn? column)
    {
        NumberStep.Require(column is not null, "a column to join is null");
        return column!.ToColumn();
    }
}

internal sealed record CopyRecipe(string Column, string To) : RecipeStep
{
    public override FittedStep Fit(Table table) => new CopyStep(Column, To);
}

internal sealed record DropRecipe(IReadOnlyList<string> Columns) : RecipeStep
{
    public override FittedStep Fit(Table table) => DropStep.Fit(table, Columns);
}

internal sealed record LagRecipe(string Column, int Rows, string Entity, string Time) : RecipeStep
{
    public override FittedStep Fit(Table table) => LagStep.Fit(table, new(Column, Rows, Entity, Time));
}

internal sealed record RollingMeanRecipe(string Column, int Rows, string Entity, string Time) : RecipeStep
{
    public override FittedStep Fit(Table table) => RollingMeanStep.Fit(table, new(Column, Rows, Entity, Time));
}

internal sealed record SampleRecipe(double Share, long Seed) : RecipeStep
{
    public override FittedStep Fit(Table table) => SampleStep.Fit(Share, Seed);
}

internal sealed record BalanceRecipe(string Column, Balancing Balancing, long Seed) : RecipeStep
{
    public override FittedStep Fit(Table table) => BalanceStep.Fit(table, Column, Balancing, Seed);
}
