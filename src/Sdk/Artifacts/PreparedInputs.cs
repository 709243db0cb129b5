using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Which columns of a prepared table are an input of a model, and whether their values can be.</summary>
internal static class PreparedInputs
{
    /// <summary>The columns of an input, as many as it has elements in a row.</summary>
    /// <exception cref="RondoException">There is no such column, or it is of a type that the input does not take.</exception>
    public static IReadOnlyList<Column> Of(Table prepared, ModelPreparation preparation, TensorSignature input)
    {
        var width = input.Shape.Skip(1).Aggregate(1L, (product, length) => product * length);
        IReadOnlyList<Column> columns =
            width > 1 && preparation.Inputs.Count == 1 ? prepared.Columns
            : prepared.TryGet(input.Name, out var column) ? [column]
            : [];
        if (columns.Count != width)
        {
            var names = string.Join(", ", prepared.Columns.Take(20).Select(found => found.Name));
            throw Unfit(
                $"The model takes {width} values in a row as '{input.Name}', and the preparation gives {columns.Count} "
                    + $"(its {prepared.Columns.Count} columns are: {names}{(prepared.Columns.Count > 20 ? ", …" : "")}).",
                "Let the recipe end in the columns that the model was trained on."
            );
        }
        foreach (var wrong in columns.Where(one => !Takes(input.DataType, one.Type)))
        {
            throw Unfit(
                $"The model takes '{input.Name}' as {input.DataType}, but column '{wrong.Name}' is {wrong.Type}.",
                "Numbers go into FP32 and FP64, whole numbers also into INT32 and INT64, texts into BYTES."
            );
        }
        return columns;
    }

    public static RondoException Unfit(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);

    private static bool Takes(string dataType, ColumnType type) =>
        dataType switch
        {
            "FP32" or "FP64" => type is ColumnType.Number or ColumnType.Integer or ColumnType.Boolean,
            "INT32" or "INT64" => type is ColumnType.Integer,
            "BOOL" => type is ColumnType.Boolean,
            _ => type is ColumnType.Text,
        };
}
