using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>
/// Steps with all that they learnt from the training rows. Applied to rows it gives the same to the bit in training and in serving, to a whole
/// table, in parts or row by row, before and after it was saved.
/// </summary>
public sealed class Preparation
{
    /// <summary>The version of the JSON document.</summary>
    public const int Format = 1;

    internal static readonly JsonSerializerOptions Strict = new(RondoJson.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowOutOfOrderMetadataProperties = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
    };

    private readonly IReadOnlyList<FittedStep> steps;

    internal Preparation(IReadOnlyList<FittedStep> steps)
    {
        this.steps = steps;
        Steps = [.. steps.Select(NameOf)];
    }

    /// <summary>The names of the steps, in order.</summary>
    public IReadOnlyList<string> Steps { get; }

    /// <summary>The steps that need the rows before a row (<c>lag</c>, <c>rollingMean</c>): with any of them it is for tables alone. A request
    /// is a row by itself, so that a model bundle cannot carry it.</summary>
    public IReadOnlyList<string> StepsWithHistory =>
        [.. steps.Where(step => step.NeedsHistory).Select(step => NameOf(step)).Distinct(StringComparer.Ordinal)];

    /// <summary>What becomes of rows. Steps that choose rows (<c>sample</c>, <c>balance</c>) were for training and leave them all.</summary>
    /// <exception cref="RondoException">A column that a step needs is not there or of another type; a category is unknown where the step was to
    /// refuse such.</exception>
    public Table Apply(Table table)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            var (step, rows) = (steps[i], table);
            table = In(i, Steps[i], () => step.Apply(rows));
        }

        return table;
    }

    /// <summary>The preparation as a JSON document, from which it comes back exactly.</summary>
    public string ToJson() => JsonSerializer.Serialize(new Document(Format, steps), Strict);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="RondoException">The text is no preparation, is of a later format, or has a member that is not known.</exception>
    public static Preparation FromJson(string json)
    {
        const string mend = "Take the file as it was written, or fit the preparation anew.";
        var document = Read<Document>(json, ("preparation", Format, mend), document => document.Steps);
        for (var i = 0; i < document.Steps.Count; i++)
        {
            var step = document.Steps[i];
            In(i, NameOf(step), () => Checked(step));
        }

        return new Preparation(document.Steps);
    }

    /// <summary>Reads a document of steps of a known format; a member that is not known is an error.</summary>
    internal static T Read<T>(
        string json,
        (string Noun, int Format, string Mend) known,
        Func<T, IReadOnlyList<object>> steps
    )
    {
        try
        {
            using var any = JsonDocument.Parse(json);
            var isObject = any.RootElement.ValueKind == JsonValueKind.Object;
            var format =
                isObject && any.RootElement.TryGetProperty("format", out var found) ? found.GetRawText() : "none";
            if (format != $"{known.Format}")
            {
                throw StepColumns.Unfit(
                    $"The {known.Noun} is of format {format}, and {known.Format} is known here.",
                    known.Mend
                );
            }

            var document = JsonSerializer.Deserialize<T>(json, Strict)!;
            NumberStep.Require(!steps(document).Contains(null!), "a step is null");
            return document;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The {known.Noun} cannot be read: {e.Message.Split(" Path: ")[0].TrimEnd('.')}.",
                known.Mend,
                e
            );
        }
    }

    internal static T In<T>(int index, string step, Func<T> act)
    {
        try
        {
            return act();
        }
        catch (RondoException e)
        {
            throw new RondoException(e.Code, $"Step {index + 1} ({step}): {e.What}", e.Mend, e);
        }
    }

    internal static string NameOf(FittedStep step) => NameOf(typeof(FittedStep), step);

    internal static string NameOf(RecipeStep step) => NameOf(typeof(RecipeStep), step);

    private static string NameOf(Type family, object step) =>
        (string)
            family
                .GetCustomAttributes(typeof(JsonDerivedTypeAttribute), inherit: false)
                .Cast<JsonDerivedTypeAttribute>()
                .Single(known => known.DerivedType == step.GetType())
                .TypeDiscriminator!;

    private static FittedStep Checked(FittedStep step)
    {
        step.Check();
        return step;
    }

    private sealed record Document(int Format, IReadOnlyList<FittedStep> Steps);
}

/// <summary>A preparation, and the rows it was fitted on as they go into training.</summary>
/// <param name="Preparation">For rows that come later.</param>
/// <param name="Training">
/// The training rows: sampled and balanced, and with target encodings that do not know the row's own target.
/// </param>
public sealed record FittedPreparation(Preparation Preparation, Table Training);
