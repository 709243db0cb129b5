using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>
/// Steps in order, to be fitted on training rows. Each method gives a recipe with one step more and leaves this one as it is. Steps that make
/// several columns set them in the place of the one they read (<see cref="Copy"/> it first to keep it). A missing value stays missing but
/// where a step says otherwise; numbers that are not finite are not learnt from.
/// </summary>
[JsonConverter(typeof(PreparationRecipeConverter))]
public sealed class PreparationRecipe
{
    /// <summary>The version of the JSON document.</summary>
    public const int Format = 1;

    private readonly IReadOnlyList<RecipeStep> steps;

    /// <summary>A recipe without steps.</summary>
    public PreparationRecipe()
        : this([]) { }

    private PreparationRecipe(IReadOnlyList<RecipeStep> steps)
    {
        this.steps = steps;
        Steps = [.. steps.Select(Preparation.NameOf)];
    }

    /// <summary>The names of the steps, in order.</summary>
    public IReadOnlyList<string> Steps { get; }

    /// <summary>Learns each step from the training rows as the steps before it left them. The order of rows does not matter.</summary>
    /// <exception cref="RondoException">A step cannot be fitted: the message names the step, the column and what to do.</exception>
    public Preparation Fit(Table training) => FitTraining(training).Preparation;

    /// <summary>As <see cref="Fit"/>, with the training rows as they go into training: sampled, balanced, target encodings out of fold.</summary>
    /// <inheritdoc cref="Fit"/>
    public FittedPreparation FitTraining(Table training)
    {
        var fitted = new List<FittedStep>();
        foreach (var recipe in steps)
        {
            var rows = training;
            training = Preparation.In(
                fitted.Count,
                Steps[fitted.Count],
                () =>
                {
                    var step = recipe.Fit(rows);
                    step.Check();
                    var result = step.ApplyInTraining(rows);
                    fitted.Add(step);
                    return result;
                }
            );
        }

        return new FittedPreparation(new Preparation(fitted), training);
    }

    /// <summary>The recipe as a JSON document, from which it comes back exactly. Tables to join are in it.</summary>
    public string ToJson() => JsonSerializer.Serialize(new Document(Format, steps), Preparation.Strict);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="RondoException">The text is no recipe, is of a later format, or has a member that is not known.</exception>
    public static PreparationRecipe FromJson(string json)
    {
        const string mend = "Take the file as it was written, or declare the recipe anew.";
        return new(Preparation.Read<Document>(json, ("recipe", Format, mend), document => document.Steps).Steps);
    }

    /// <summary>Fills missing values and, in a column of numbers, NaN.</summary>
    /// <param name="column">Of any type; with a mean or a median, of numbers.</param>
    /// <param name="fill">With what.</param>
    /// <param name="indicator">Whether a column <c>x_missing</c> is added: 1 where there was no value, 0 elsewhere.</param>
    public PreparationRecipe Impute(string column, Fill fill, bool indicator = false) =>
        Then(new ImputeRecipe(column, fill.Kind, fill.Value is { } value ? StoredColumn.Of(value) : null, indicator));

    /// <summary>Scales numbers.</summary>
    public PreparationRecipe Scale(string column, Scaling scaling) => Then(new ScaleRecipe(column, scaling));

    /// <summary>Brings numbers that lie outside two quantiles (type 7, shares from 0 to 1) to them.</summary>
    public PreparationRecipe Clip(string column, double lower = 0.01, double upper = 0.99) =>
        Then(new ClipRecipe(column, lower, upper));

    /// <summary>ln(1 + x); training values must be above −1, and later ones that are not are missing.</summary>
    public PreparationRecipe Log1p(string column) => Then(new LogRecipe(column));

    /// <summary>The number of the bucket, from 0, of buckets with as many training rows each; fewer where quantiles are equal.</summary>
    public PreparationRecipe Bucket(string column, int buckets) => Then(new BucketRecipe(column, buckets, null));

    /// <summary>How many of these edges (ascending) a number reaches: 0 is below the first.</summary>
    public PreparationRecipe Bucket(string column, IReadOnlyList<double> edges) =>
        Then(new BucketRecipe(column, null, [.. edges]));

    /// <summary>A column <c>x_category</c> of 0 and 1 for each of the most frequent categories; missing values are all zeros.</summary>
    public PreparationRecipe OneHot(
        string column,
        int categoriesMax = 50,
        UnknownCategory unknown = UnknownCategory.Ignore
    ) => Then(new OneHotRecipe(column, categoriesMax, unknown));

    /// <summary>The number of the category, from 0, in the order given or that of their texts; missing where it is unknown.</summary>
    public PreparationRecipe Ordinal(
        string column,
        IReadOnlyList<string>? order = null,
        UnknownCategory unknown = UnknownCategory.Ignore
    ) => Then(new OrdinalRecipe(column, order is null ? null : [.. order], unknown));

    /// <summary>
    /// The mean of a target in the category, drawn to the mean of all (Micci-Barreca, 2001); the mean of all where the category is missing or
    /// unknown. Training rows are encoded by those of other folds. Fit it before the target is dropped; later rows need none.
    /// </summary>
    /// <param name="column">The category; of any type.</param>
    /// <param name="target">Numbers or true and false.</param>
    /// <param name="options">Smoothing and folds; as by default if null.</param>
    public PreparationRecipe TargetEncode(string column, string target, TargetOptions? options = null) =>
        Then(new TargetRecipe(column, target, options ?? new()));

    /// <summary>Words of a text, counted with a sign in columns <c>x_0</c>, <c>x_1</c>, … by a stable hash (Weinberger et al., 2009).</summary>
    public PreparationRecipe HashWords(string column, int columns) => Then(new HashRecipe(column, columns));

    /// <summary>A column <c>x_word</c> for each of the words that most training texts have; a word is a run of letters and digits.</summary>
    public PreparationRecipe CountWords(string column, int wordsMax = 100, WordWeight weight = WordWeight.Count) =>
        Then(new WordsRecipe(column, wordsMax, weight));

    /// <summary>Parts of a date or timestamp, in UTC: <c>x_year</c>, <c>x_hour_sin</c>, ….</summary>
    public PreparationRecipe DateParts(string column, DateParts parts) => Then(new DatePartsRecipe(column, parts));

    /// <summary>The other columns of a table of at most 100,000 rows, which the preparation carries, where all keys are equal; missing where none
    /// are (a left join). Two rows of it with the same keys are an error.</summary>
    public PreparationRecipe Join(Table right, params IReadOnlyList<string> keys) =>
        Then(new JoinRecipe(right, [.. keys]));

    /// <summary>A column once more under another name.</summary>
    public PreparationRecipe Copy(string column, string to) => Then(new CopyRecipe(column, to));

    /// <summary>Drops columns; they must be in the training rows, and may be in later ones.</summary>
    public PreparationRecipe Drop(params IReadOnlyList<string> columns) => Then(new DropRecipe([.. columns]));

    /// <summary>
    /// For tables only: a column <c>x_lag3</c> with the value of the row that is so many rows earlier in the same entity; missing where there is
    /// none. A preparation with it cannot go into a model bundle, because a request has no rows before it.
    /// </summary>
    /// <param name="column">Of any type.</param>
    /// <param name="rows">How many rows earlier: 1 is the row before; at most 10,000.</param>
    /// <param name="entity">Whose rows belong together; a row without one has no past.</param>
    /// <param name="time">A date or timestamp by which they are ordered; two rows of an entity at the same time are an error.</param>
    public PreparationRecipe Lag(string column, int rows, string entity, string time) =>
        Then(new LagRecipe(column, rows, entity, time));

    /// <summary>
    /// For tables only: a column <c>x_mean7</c> with the mean of so many rows before the row in the same entity (of fewer where there are fewer), never of
    /// the row itself; missing where none of them has a finite number.
    /// </summary>
    /// <inheritdoc cref="Lag"/>
    public PreparationRecipe RollingMean(string column, int rows, string entity, string time) =>
        Then(new RollingMeanRecipe(column, rows, entity, time));

    /// <summary>In training only: a share of the rows (about that many), chosen by a hash of what they hold.</summary>
    public PreparationRecipe Sample(double share, long seed) => Then(new SampleRecipe(share, seed));

    /// <summary>In training only: as many rows of each class, chosen by a hash of what they hold; a missing class is one.</summary>
    public PreparationRecipe Balance(string column, Balancing balancing, long seed) =>
        Then(new BalanceRecipe(column, balancing, seed));

    private PreparationRecipe Then(RecipeStep step) => new([.. steps, step]);

    private sealed record Document(int Format, IReadOnlyList<RecipeStep> Steps);
}

/// <summary>A recipe within another document, such as the arguments of a pipeline's step.</summary>
internal sealed class PreparationRecipeConverter : JsonConverter<PreparationRecipe>
{
    public override PreparationRecipe Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return PreparationRecipe.FromJson(document.RootElement.GetRawText());
    }

    public override void Write(Utf8JsonWriter writer, PreparationRecipe value, JsonSerializerOptions options)
    {
        using var document = JsonDocument.Parse(value.ToJson());
        document.WriteTo(writer);
    }
}
