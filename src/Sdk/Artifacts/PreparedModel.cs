using System.Globalization;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>The description of a model that gets a preparation: that of the raw columns in the place of its own inputs.</summary>
internal static class PreparedModel
{
    public static ModelDescription Describe(ModelDescription model, Preparation preparation, Table row)
    {
        if (preparation.StepsWithHistory is { Count: > 0 } history)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"The preparation has steps that need the rows before a row ({string.Join(", ", history)}); a request has none.",
                "Make these columns before the recipe (in a step of the pipeline, and for serving as features), and leave the steps out of it."
            );
        }
        if (row.RowCount != 1)
        {
            throw PreparedInputs.Unfit(
                $"The example of a model is one row, and the table has {row.RowCount}.",
                "Give the raw row for which the example was recorded: rows.Slice(0, 1)."
            );
        }
        var whole = new ModelPreparation([], model.Signature.Inputs);
        if (Difference(preparation.Apply(row), whole, model.Example) is { } difference)
        {
            throw PreparedInputs.Unfit(
                $"The preparation does not make the example of the model from this row: {difference}.",
                "Give the raw row for which the example was recorded, without columns that the model does not take."
            );
        }
        var needed = Needed(preparation, row, rows => Difference(rows, whole, model.Example) is null);
        var columns = needed.Columns.Select(column => new ModelColumn(column.Name, column.Type)).ToList();
        return model with
        {
            Signature = model.Signature with { Inputs = [.. columns.Select(column => column.Signature)] },
            Example = model.Example with
            {
                Inputs = needed.Columns.ToDictionary(
                    column => column.Name,
                    column => Element(column[0]),
                    StringComparer.Ordinal
                ),
            },
            Preparation = whole with { Columns = columns },
        };
    }

    /// <summary>Where prepared rows are not the inputs of the example, in words; null: nowhere.</summary>
    private static string? Difference(Table prepared, ModelPreparation preparation, ModelExample example)
    {
        foreach (var input in preparation.Inputs)
        {
            var columns = PreparedInputs.Of(prepared, preparation, input);
            if (!example.Inputs.TryGetValue(input.Name, out var recorded))
            {
                return $"the example has no '{input.Name}'";
            }
            JsonElement[] elements =
                recorded.ValueKind == JsonValueKind.Array ? [.. recorded.EnumerateArray()] : [recorded];
            if (elements.Length != columns.Count)
            {
                return $"'{input.Name}' has {elements.Length} elements in the example, and {columns.Count} are prepared";
            }
            for (var i = 0; i < elements.Length; i++)
            {
                if (!Same(columns[i][0], elements[i], input.DataType))
                {
                    var made = columns[i][0] is { } value ? Element(value).GetRawText() : "missing";
                    return $"'{input.Name}' is {elements[i].GetRawText()} in the example, and column '{columns[i].Name}' is {made}";
                }
            }
        }
        return null;
    }

    // As a tensor of that type would hold both.
    private static bool Same(object? made, JsonElement recorded, string dataType) =>
        dataType switch
        {
            "FP32" => ((float)Number(made)).Equals((float)Recorded(recorded)),
            "BYTES" => recorded.ValueKind == JsonValueKind.String
                && string.Equals(recorded.GetString(), (string?)made ?? "", StringComparison.Ordinal),
            _ => Number(made).Equals(Recorded(recorded)),
        };

    private static double Number(object? value) =>
        value switch
        {
            null => double.NaN,
            bool flag => flag ? 1 : 0,
            _ => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        };

    private static double Recorded(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            JsonValueKind.String when value.GetString() == "Infinity" => double.PositiveInfinity,
            JsonValueKind.String when value.GetString() == "-Infinity" => double.NegativeInfinity,
            _ => double.NaN,
        };

    // A column without which the same comes out is none that a client has to send: the target, an id, what is dropped.
    private static Table Needed(Preparation preparation, Table row, Func<Table, bool> isSame)
    {
        foreach (var column in row.Columns)
        {
            var fewer = row.Drop(column.Name);
            try
            {
                row = fewer.Columns.Count > 0 && isSame(preparation.Apply(fewer)) ? fewer : row;
            }
            catch (RondoException)
            {
                // A step asks for it.
            }
        }
        return row;
    }

    private static JsonElement Element(object? value) =>
        JsonSerializer.SerializeToElement(
            value switch
            {
                DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                DateTimeOffset at => at.UtcDateTime.ToString(
                    "yyyy-MM-ddTHH:mm:ss.ffffffZ",
                    CultureInfo.InvariantCulture
                ),
                _ => value,
            },
            RondoJson.Options
        );
}
