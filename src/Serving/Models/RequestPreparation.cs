using Rondo.Data;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Serving.Models;

/// <summary>
/// Makes the inputs of a model from the raw columns of a request, by the preparation of its bundle: the rows become a table, the library
/// prepares it as it does in training, and the columns that come out fill the model's tensors. Any number of threads may use it.
/// </summary>
internal sealed class RequestPreparation(Preparation preparation, ModelPreparation description)
{
    /// <summary>The batch of the model for a request, in the memory of the one before if there is one.</summary>
    /// <exception cref="RondoException">A value is no date, a category is unknown where such are refused, or a value is missing that the model
    /// must have; the message names the column.</exception>
    public InferenceBatch Prepare(InferenceBatch request, InferenceBatch? before)
    {
        var batch = before ?? request.Behind(description.Inputs);
        batch.Start(request.Rows);
        var columns = description.Columns.Select((column, i) => ColumnOf(column, request.Inputs[i], request.Rows));
        var prepared = preparation.Apply(new Table([.. columns]));
        for (var input = 0; input < batch.Inputs.Count; input++)
        {
            var tensor = batch.Inputs[input];
            tensor.Resize(request.Rows);
            foreach (var (place, column) in PreparedInputs.Of(prepared, description, description.Inputs[input]).Index())
            {
                Fill(tensor, place, column, request.Rows);
            }
        }

        return batch;
    }

    private static Column ColumnOf(ModelColumn column, Tensor tensor, int rows) =>
        (column.Type, tensor) switch
        {
            (ColumnType.Number, Tensor<double> t) => Column.Of(column.Name, Values(t, rows)),
            (ColumnType.Integer, Tensor<long> t) => Column.Of(column.Name, Values(t, rows)),
            (ColumnType.Boolean, Tensor<bool> t) => Column.Of(column.Name, Values(t, rows)),
            (ColumnType.Date, Tensor<string> t) => Column.Of(
                column.Name,
                Read<DateOnly>(t, rows, CellParser.TryDate, "date (2024-05-01)")
            ),
            (ColumnType.Timestamp, Tensor<string> t) => Column.Of(
                column.Name,
                Read<DateTimeOffset>(t, rows, CellParser.TryTimestamp, "timestamp (2024-05-01T06:00:00Z)")
            ),
            (ColumnType.Text, Tensor<string> t) => Column.Of(column.Name, Texts(t, rows)),
            _ => throw Invalid(
                $"Input '{column.Name}' is {tensor.Type} in the model's signature, and {column.Type} in its preparation.",
                "Take the bundle as Model.With made it."
            ),
        };

    private static T?[] Values<T>(Tensor<T> tensor, int rows)
        where T : struct
    {
        var values = new T?[rows];
        for (var row = 0; row < rows; row++)
        {
            values[row] = tensor.IsMissing(row) ? null : tensor.Values[row];
        }

        return values;
    }

    private static string?[] Texts(Tensor<string> tensor, int rows)
    {
        var texts = new string?[rows];
        for (var row = 0; row < rows; row++)
        {
            texts[row] = tensor.IsMissing(row) ? null : tensor.Values[row];
        }

        return texts;
    }

    private delegate bool Parse<T>(ReadOnlySpan<char> text, out T value);

    private static T?[] Read<T>(Tensor<string> tensor, int rows, Parse<T> parse, string expected)
        where T : struct
    {
        var values = new T?[rows];
        for (var row = 0; row < rows; row++)
        {
            if (tensor.IsMissing(row))
            {
                continue;
            }

            values[row] = parse(tensor.Values[row], out var value)
                ? value
                : throw Invalid(
                    $"Input '{tensor.Name}' is '{tensor.Values[row]}' in row {row + 1}, which is no {expected}.",
                    "Correct it, or send null where there is none."
                );
        }

        return values;
    }

    private static void Fill(Tensor tensor, int place, Column column, int rows)
    {
        for (var row = 0; row < rows; row++)
        {
            var index = (row * tensor.Width) + place;
            switch (tensor)
            {
                case Tensor<float> t:
                    t.Values[index] = (float)Number(column, row);
                    break;
                case Tensor<double> t:
                    t.Values[index] = Number(column, row);
                    break;
                case Tensor<long> t:
                    t.Values[index] = ((Column<long>)column).Array[Present(column, row)];
                    break;
                case Tensor<int> t:
                    t.Values[index] = Whole(column, Present(column, row));
                    break;
                case Tensor<bool> t:
                    t.Values[index] = ((Column<bool>)column).Array[Present(column, row)];
                    break;
                case Tensor<string> t:
                    t.Values[index] = column.IsMissing(row) ? "" : ((Column<string>)column).Array[row];
                    break;
            }
        }
    }

    private static double Number(Column column, int row) =>
        column.IsMissing(row)
            ? double.NaN
            : column switch
            {
                Column<double> numbers => numbers.Array[row],
                Column<long> whole => whole.Array[row],
                _ => ((Column<bool>)column).Array[row] ? 1 : 0,
            };

    private static int Whole(Column column, int row) =>
        ((Column<long>)column).Array[row] is >= int.MinValue and <= int.MaxValue and var value
            ? (int)value
            : throw Invalid(
                $"Column '{column.Name}' is {column[row]} in row {row + 1}, beyond 32 bits.",
                "Send a smaller number."
            );

    private static int Present(Column column, int row) =>
        column.IsMissing(row)
            ? throw Invalid(
                $"Column '{column.Name}' has no value in row {row + 1}, and the model must have one.",
                "Send a value, or train with a recipe that fills it (impute)."
            )
            : row;

    private static RondoException Invalid(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);
}
