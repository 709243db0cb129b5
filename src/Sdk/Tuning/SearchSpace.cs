using System.Text.Json;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>
/// What a sweep may choose: numbers from a range, and choices, among them trainers and transforms. Each method adds a parameter and gives
/// a handle, by which a trial takes its value: <c>var rate = space.LogUniform("rate", 0.001, 1)</c>, then <c>trial[rate]</c>.
/// </summary>
public sealed class SearchSpace
{
    internal const int ParametersMax = 100;
    internal const int ChoicesMax = 1000;

    // Distances between numbers of this size, and multiples of them, are numbers still.
    private const double BoundMax = 1e300;

    private readonly List<ParameterRange> _ranges = [];

    internal IReadOnlyList<ParameterRange> Ranges => _ranges;

    /// <summary>A number between two bounds, both included; each is as likely as any other.</summary>
    /// <exception cref="RondoException">
    /// The bounds are no finite numbers in their order or, without a logarithm, beyond ±1e300; or the name is not valid or taken.
    /// </exception>
    public SearchParameter<double> Uniform(string name, double low, double high) =>
        Add<double>(new(name, RangeKind.Uniform, low, high));

    /// <summary>A positive number between two bounds, whose order of magnitude matters: a learning rate, a penalty.</summary>
    /// <inheritdoc cref="Uniform"/>
    public SearchParameter<double> LogUniform(string name, double low, double high) =>
        Add<double>(new(name, RangeKind.LogUniform, low, high));

    /// <summary>A whole number between two bounds, both included.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="low">The smallest.</param>
    /// <param name="high">The largest.</param>
    /// <param name="log">Whether its order of magnitude matters: a number of trees. It is then 1 or more.</param>
    /// <inheritdoc cref="Uniform"/>
    public SearchParameter<int> Whole(string name, int low, int high, bool log = false) =>
        Add<int>(new(name, log ? RangeKind.LogWhole : RangeKind.Whole, low, high));

    /// <summary>One of some values without an order: texts, enums, bools, numbers, or records, for example of transforms.</summary>
    /// <exception cref="RondoException">There are no choices, too many, or two that are equal.</exception>
    public SearchParameter<T> OneOf<T>(string name, params IReadOnlyList<T> choices)
    {
        var values = choices.Select(choice => JsonSerializer.SerializeToElement(choice, RondoJson.Options)).ToList();
        var texts = values.Select(value => value.GetRawText()).Distinct(StringComparer.Ordinal).Count();
        if (values.Count is 0 or > ChoicesMax || texts < values.Count)
        {
            throw Invalid($"Parameter '{name}' has {values.Count} choices, {texts} of them different.", "Give some.");
        }
        return Add<T>(new(name, RangeKind.OneOf, 0, values.Count - 1) { Choices = values });
    }

    /// <summary>Lets a parameter have a meaning only where another one has one of these values.</summary>
    internal void Condition<T>(string name, SearchParameter<T> on, IReadOnlyList<T> values)
    {
        var child = _ranges.FindIndex(range => range.Name == name);
        var parent = _ranges.FindIndex(range => range.Name == on.Name);
        if (on.Space != this || _ranges[parent].Kind != RangeKind.OneOf || parent >= child || values.Count == 0)
        {
            throw Invalid(
                $"Parameter '{name}' cannot depend on '{on.Name}'.",
                "Let it depend on values of a OneOf that was added to the same space before it."
            );
        }
        var choices = values.Select(value => _ranges[parent].ChoiceOf(Json(value))).ToList();
        if (choices.Contains(-1))
        {
            throw Invalid(
                $"Parameter '{name}' depends on a value that '{on.Name}' cannot have.",
                "Name values that are among its choices."
            );
        }
        _ranges[child] = _ranges[child] with { Only = new(on.Name, choices) };
    }

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, RondoJson.Options);

    private SearchParameter<T> Add<T>(ParameterRange range)
    {
        Names.Identifier(range.Name, "a parameter of a sweep");
        if (_ranges.Count >= ParametersMax || _ranges.Exists(known => known.Name == range.Name))
        {
            throw Invalid(
                $"Parameter '{range.Name}' is there already, or one too many.",
                $"Give each its own name, and at most {ParametersMax} in all."
            );
        }
        var isLog = range.Kind is RangeKind.LogUniform or RangeKind.LogWhole;
        var (least, most) = isLog ? (double.Epsilon, double.MaxValue) : (-BoundMax, BoundMax);
        if (!(least <= range.Low && range.Low <= range.High && range.High <= most))
        {
            throw Invalid(
                $"Parameter '{range.Name}' cannot range from {range.Low} to {range.High}.",
                isLog ? "Give two positive numbers, the smaller one first."
                    : range.Kind == RangeKind.Whole ? "Give two numbers, the smaller one first."
                    : "Give two numbers from -1e300 to 1e300, the smaller one first."
            );
        }
        _ranges.Add(range);
        return new(this, range.Name);
    }

    private static RondoException Invalid(FormattableString what, string mend) =>
        new(ErrorCode.InvalidArgument, FormattableString.Invariant(what), mend);
}

/// <summary>A parameter of a <see cref="SearchSpace"/>.</summary>
public sealed class SearchParameter<T>
{
    internal SearchParameter(SearchSpace space, string name) => (Space, Name) = (space, name);

    /// <summary>The name under which reports show it.</summary>
    public string Name { get; }

    internal SearchSpace Space { get; }

    /// <summary>
    /// Gives it a meaning only where another parameter, a <see cref="SearchSpace.OneOf"/> before it, has one of these values:
    /// <c>space.Whole("trees", 10, 500).When(trainer, "boosted")</c>. Elsewhere a trial has no such parameter.
    /// </summary>
    /// <exception cref="RondoException">The other parameter has no such value, or was not added before.</exception>
    public SearchParameter<T> When<TOther>(SearchParameter<TOther> other, params IReadOnlyList<TOther> values)
    {
        Space.Condition(Name, other, values);
        return this;
    }
}
