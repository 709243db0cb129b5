using Microsoft.ML;
using Microsoft.ML.Data;
using Rondo.Conversion.Scoring;
using Rondo.Sdk.Wire;

namespace Rondo.Conversion.Onnx;

/// <summary>What a transformer puts in the place of missing values: it is given a row without any value.</summary>
internal static class MissingProbe
{
    public static double[] Of(ChainStage stage, DataViewSchema.Column column)
    {
        var source = stage.Input[stage.SourcesOf(column).Single()];
        var width = column.Type is VectorDataViewType vector ? vector.Size : 1;
        var signature = new TensorSignature(source.Name, "FP64", [-1, width]);
        var input = new FeedRow(stage.Input, [source], [source.Name])
        {
            Feed = new Feed(1, [new FeedColumn(signature, width, Enumerable.Repeat(double.NaN, width).ToArray())]),
        };
        using var output = stage.RowOf(input, column);
        input.MoveTo(0);
        return column.Type switch
        {
            VectorDataViewType { ItemType: var item } when item == NumberDataViewType.Single => Vector<float>(
                output,
                column,
                value => value
            ),
            VectorDataViewType => Vector<double>(output, column, value => value),
            var type when type == NumberDataViewType.Single => [One<float>(output, column)],
            _ => [One<double>(output, column)],
        };
    }

    private static double One<T>(DataViewRow row, DataViewSchema.Column column)
    {
        T value = default!;
        row.GetGetter<T>(row.Schema[column.Index])(ref value);
        return System.Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static double[] Vector<T>(DataViewRow row, DataViewSchema.Column column, Func<T, double> toNumber)
    {
        VBuffer<T> value = default;
        row.GetGetter<VBuffer<T>>(row.Schema[column.Index])(ref value);
        return [.. value.DenseValues().Select(toNumber)];
    }
}
