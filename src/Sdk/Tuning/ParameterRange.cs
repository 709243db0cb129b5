using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rondo.Data;

namespace Rondo.Sdk;

internal enum RangeKind
{
    Uniform,
    LogUniform,
    Whole,
    LogWhole,
    OneOf,
}

/// <summary>In which choices of another parameter one has a meaning.</summary>
internal sealed record ParameterCondition(string Parameter, IReadOnlyList<int> Choices);

/// <summary>
/// The values of one parameter. Samplers know it by a coordinate: of a number the number or its logarithm, of a choice its place among the
/// choices.
/// </summary>
internal sealed record ParameterRange(string Name, RangeKind Kind, double Low, double High)
{
    public IReadOnlyList<JsonElement> Choices { get; init; } = [];

    public ParameterCondition? Only { get; init; }

    [JsonIgnore]
    public bool IsChoice => Kind == RangeKind.OneOf;

    /// <summary>How many values it has; infinity where they cannot be counted.</summary>
    [JsonIgnore]
    public double Count => IsReal ? (Low < High ? double.PositiveInfinity : 1) : High - Low + 1;

    /// <summary>The smallest coordinate. A whole number stands for all that is rounded to it.</summary>
    [JsonIgnore]
    public double From => Scaled(Kind is RangeKind.Whole or RangeKind.LogWhole ? Low - 0.5 : Low);

    /// <summary>The largest coordinate.</summary>
    [JsonIgnore]
    public double To => Scaled(Kind is RangeKind.Whole or RangeKind.LogWhole ? High + 0.5 : High);

    [JsonIgnore]
    public double Width => To - From;

    private bool IsReal => Kind is RangeKind.Uniform or RangeKind.LogUniform;

    private bool IsLog => Kind is RangeKind.LogUniform or RangeKind.LogWhole;

    public double Draw(Random random) =>
        IsChoice ? random.Next(Choices.Count) : Settled(From + (Width * random.NextDouble()));

    /// <summary>The coordinate of the value that another coordinate stands for.</summary>
    public double Settled(double coordinate) => IsChoice ? coordinate : Scaled(NumberOf(coordinate));

    /// <summary>The coordinates of a grid: all values, or so many with equal distances.</summary>
    public IReadOnlyList<double> Grid(int points)
    {
        if (!IsReal && (IsChoice || Count <= points))
        {
            return [.. Enumerable.Range(0, (int)Count).Select(n => IsChoice ? n : Scaled(Low + n))];
        }
        var (from, to) = (Scaled(Low), Scaled(High));
        return
        [
            .. Enumerable
                .Range(0, points)
                .Select(n => Settled(points == 1 ? (from + to) / 2 : from + ((to - from) * n / (points - 1))))
                .Distinct(),
        ];
    }

    public JsonElement ValueOf(double coordinate) =>
        IsChoice ? Choices[(int)coordinate]
        : IsReal ? JsonSerializer.SerializeToElement(NumberOf(coordinate), RondoJson.Options)
        : JsonSerializer.SerializeToElement((long)NumberOf(coordinate), RondoJson.Options);

    /// <summary>The coordinate of a value; null: it cannot have that value.</summary>
    public double? CoordinateOf(JsonElement value)
    {
        if (IsChoice)
        {
            var choice = ChoiceOf(value);
            return choice < 0 ? null : choice;
        }
        if (value.ValueKind != JsonValueKind.Number)
        {
            return null;
        }
        var number = value.GetDouble();
        var isOne = number >= Low && number <= High && (IsReal || Math.Floor(number) == number);
        return isOne ? Scaled(number) : null;
    }

    /// <summary>The place of a value among the choices, or -1.</summary>
    public int ChoiceOf(JsonElement value)
    {
        for (var index = 0; index < Choices.Count; index++)
        {
            if (JsonElement.DeepEquals(Choices[index], value))
            {
                return index;
            }
        }
        return -1;
    }

    public override string ToString() =>
        IsChoice
            ? $"{Name}: {string.Join(" | ", Choices.Select(choice => choice.GetRawText()))}"
            : string.Create(CultureInfo.InvariantCulture, $"{Name}: {Low} to {High}");

    private double NumberOf(double coordinate)
    {
        var number = IsLog ? Math.Exp(coordinate) : coordinate;
        return Math.Clamp(IsReal ? number : Math.Round(number), Low, High);
    }

    private double Scaled(double number) => IsLog ? Math.Log(number) : number;
}
