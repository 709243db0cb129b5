using System.Globalization;
using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Conversion.Scoring;

/// <summary>Rows as a model takes them: for each input of its own signature an array, row after row.</summary>
internal sealed record Feed(int Rows, IReadOnlyList<FeedColumn> Columns)
{
    /// <summary>The inputs that the model's file itself takes, behind its preparation if it has one.</summary>
    public static IReadOnlyList<TensorSignature> InputsOf(ModelDescription description) =>
        description.Preparation?.Inputs ?? description.Signature.Inputs;

    /// <summary>The rows of a table, prepared as the model says.</summary>
    /// <exception cref="RondoException">An input of the model is no column of the table, or has no value where it must have one.</exception>
    public static Feed Of(Model model, Table rows)
    {
        if (model.Preparation is null && model.Description.Signature.Inputs is { Count: > 1 } inputs)
        {
            Require(inputs, rows);
        }
        var prepared = model.Preparation?.Apply(rows) ?? rows;
        var taken = model.Description.Preparation ?? new ModelPreparation([], model.Description.Signature.Inputs);
        return new(
            prepared.RowCount,
            [.. taken.Inputs.Select(input => FeedColumn.Of(input, PreparedInputs.Of(prepared, taken, input)))]
        );
    }

    private static void Require(IReadOnlyList<TensorSignature> inputs, Table rows)
    {
        if (inputs.FirstOrDefault(input => !rows.Has(input.Name)) is { } missing)
        {
            throw PreparedInputs.Unfit(
                $"The model takes '{missing.Name}', and the rows have no such column (they have {string.Join(", ", rows.Columns.Take(20).Select(column => column.Name))}).",
                "Give rows as the model takes them: for ToOnnx of a gated candidate these are those of the hold-out; g.ToOnnx(model, rows) takes any."
            );
        }
    }

    /// <summary>Some of the rows.</summary>
    public Feed Pick(IReadOnlyList<int> rows) => new(rows.Count, [.. Columns.Select(column => column.Pick(rows))]);

    /// <summary>Rows of both, those of the other behind.</summary>
    public Feed Append(Feed other) =>
        new(Rows + other.Rows, [.. Columns.Zip(other.Columns, (first, second) => first.Append(second))]);
}

/// <summary>One input: <paramref name="Values"/> is an array of single, double, long, int, bool or string as the signature says.</summary>
internal sealed record FeedColumn(TensorSignature Signature, int Width, Array Values)
{
    public static FeedColumn Of(TensorSignature input, IReadOnlyList<Column> columns)
    {
        var rows = columns[0].Count;
        var values = Empty(input, rows * columns.Count);
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < columns.Count; i++)
            {
                values.SetValue(Element(input, columns[i], row), (row * columns.Count) + i);
            }
        }
        return new(input, columns.Count, values);
    }

    public double NumberAt(int index) =>
        Values switch
        {
            float[] v => v[index],
            double[] v => v[index],
            long[] v => v[index],
            int[] v => v[index],
            bool[] v => v[index] ? 1 : 0,
            _ => double.NaN,
        };

    // A double holds each whole number up to 2^53 only: beyond, two ids would be one.
    public long WholeAt(int index) => Values is long[] v ? v[index] : (long)NumberAt(index);

    // Rounded once, as ONNX does: by way of a double, a large whole number may come out as its neighbour.
    public float SingleAt(int index) => Values is long[] v ? v[index] : (float)NumberAt(index);

    public FeedColumn Pick(IReadOnlyList<int> rows)
    {
        var picked = Empty(Signature, rows.Count * Width);
        foreach (var (to, from) in rows.Index())
        {
            Array.Copy(Values, from * Width, picked, to * Width, Width);
        }
        return this with { Values = picked };
    }

    public FeedColumn Append(FeedColumn other)
    {
        var all = Empty(Signature, Values.Length + other.Values.Length);
        Values.CopyTo(all, 0);
        other.Values.CopyTo(all, Values.Length);
        return this with { Values = all };
    }

    private static Array Empty(TensorSignature input, int length) =>
        input.DataType switch
        {
            "FP32" => new float[length],
            "FP64" => new double[length],
            "INT32" => new int[length],
            "INT64" => new long[length],
            "BOOL" => new bool[length],
            "BYTES" => new string[length],
            _ => throw PreparedInputs.Unfit(
                $"Input '{input.Name}' of the model has the data type '{input.DataType}'.",
                "Use one of FP32, FP64, INT32, INT64, BOOL, BYTES."
            ),
        };

    private static object Element(TensorSignature input, Column column, int row)
    {
        var value = column[row];
        return input.DataType switch
        {
            "FP32" => value is null ? float.NaN : (float)Convert.ToDouble(value, CultureInfo.InvariantCulture),
            "FP64" => value is null ? double.NaN : Convert.ToDouble(value, CultureInfo.InvariantCulture),
            "BYTES" => value ?? "",
            _ when value is null => throw PreparedInputs.Unfit(
                $"Column '{column.Name}' has no value in row {row + 1}, and input '{input.Name}' of the model must have one.",
                "Give rows without missing values there, or train with a recipe that fills them (impute)."
            ),
            "INT32" => Convert.ToInt32(value, CultureInfo.InvariantCulture),
            _ => value,
        };
    }
}
