using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using static Rondo.Conversion.Onnx.GraphBuilder;
using ImmutableArrayOfDouble = System.Collections.Immutable.ImmutableArray<double>;
using ImmutableArrayOfSingle = System.Collections.Immutable.ImmutableArray<float>;

namespace Rondo.Conversion.Onnx;

/// <summary>Writes the nodes that make one column, as its transformer makes it.</summary>
/// <param name="graph">Where to.</param>
/// <param name="stage">The transformer.</param>
/// <param name="column">The column.</param>
internal sealed class ColumnWriter(GraphBuilder graph, ChainStage stage, DataViewSchema.Column column)
{
    /// <summary>The column, made of the values before it.</summary>
    public OnnxValue Write(IReadOnlyDictionary<string, OnnxValue> values)
    {
        OnnxValue[] sources = [.. Sources().Select(name => values[name])];
        return stage.Transformer switch
        {
            ColumnConcatenatingTransformer => Concatenate(sources),
            ColumnCopyingTransformer => sources[0],
            NormalizingTransformer normalizing => Normalize(normalizing, sources[0]),
            MissingValueReplacingTransformer => Replace(sources[0]),
            MissingValueIndicatorTransformer => new(
                graph.Node("IsNaN", [Numeric(sources[0]).Name]),
                ElementType.Flag,
                sources[0].Width
            ),
            TypeConvertingTransformer => Convert(sources[0]),
            ValueToKeyMappingTransformer => ToKey(sources[0]),
            KeyToVectorMappingTransformer => ToVector(sources[0]),
            KeyToValueMappingTransformer => ToValue(sources[0]),
            ISingleFeaturePredictionTransformer<ICalibrator> calibrating => new CalibratorWriter(graph, Refuse).Write(
                calibrating.Model,
                sources[0]
            ),
            _ => throw Refuse(
                "there is no writer for it",
                "Serve the model as it is (mlnet-zip), or train with Concatenate, NormalizeMinMax, NormalizeMeanVariance, OneHotEncoding, ReplaceMissingValues, IndicateMissingValues, ConvertType, MapValueToKey and MapKeyToValue; texts and dates are best prepared by a recipe (Model.With), which stays beside the model."
            ),
        };
    }

    // Only of a concatenation does their order matter.
    private IEnumerable<string> Sources() =>
        stage.Transformer is not ColumnConcatenatingTransformer ? stage.SourcesOf(column)
        : Internals.Get(stage.Transformer, "Columns") is IReadOnlyCollection<(string Output, string[] Inputs)> columns
            ? columns.First(known => known.Output == column.Name).Inputs
        : throw Refuse(
            "this version of ML.NET does not tell the order of its columns",
            "Use Microsoft.ML 5.0, or serve the model as it is (mlnet-zip)."
        );

    private OnnxValue Concatenate(OnnxValue[] sources)
    {
        if (sources.Any(source => source.Keys is not null || source.Type != sources[0].Type))
        {
            throw Refuse("its columns are of several types", "Convert them to single precision first (ConvertType).");
        }
        return sources.Length == 1
            ? sources[0]
            : new(
                graph.Node("Concat", [.. sources.Select(source => source.Name)], Attribute("axis", 1)),
                sources[0].Type,
                sources.Sum(source => source.Width)
            );
    }

    private OnnxValue Normalize(NormalizingTransformer transformer, OnnxValue source)
    {
        var pairs =
            Internals.Get(transformer, "ColumnPairs") as (string Output, string Input)[]
            ?? throw Refuse(
                "this version of ML.NET does not tell the order of its columns",
                "Use Microsoft.ML 5.0, or serve the model as it is (mlnet-zip)."
            );
        var place = Array.FindIndex(pairs, pair => pair.Output == column.Name);
        var (scale, offset) = transformer.GetNormalizerModelParameters(place) switch
        {
            NormalizingTransformer.AffineNormalizerModelParameters<float> one => Of([one.Scale], [one.Offset]),
            NormalizingTransformer.AffineNormalizerModelParameters<double> one => ([one.Scale], [one.Offset]),
            NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArrayOfSingle> many => Of(
                many.Scale,
                many.Offset.IsDefault ? [] : many.Offset
            ),
            NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArrayOfDouble> many => (
                [.. many.Scale],
                many.Offset.IsDefault ? [] : [.. many.Offset]
            ),
            _ => throw Refuse(
                "its scale is no straight line",
                "Use NormalizeMinMax, NormalizeMeanVariance without useCdf, or NormalizeRobustScaling."
            ),
        };
        var name = source.Name;
        if (offset.Length > 0)
        {
            name = graph.Node("Sub", [name, Row(offset, source.Type)]);
        }
        return new(graph.Node("Mul", [name, Row(scale, source.Type)]), source.Type, source.Width);

        static (double[] Scale, double[] Offset) Of(IEnumerable<float> scale, IEnumerable<float> offset) =>
            ([.. scale.Select(value => (double)value)], [.. offset.Select(value => (double)value)]);
    }

    // What stands in the place of a missing value is nowhere to be read; the transformer itself is asked.
    private OnnxValue Replace(OnnxValue source)
    {
        var numeric = Numeric(source);
        var replacement = MissingProbe.Of(stage, column);
        var missing = graph.Node("IsNaN", [numeric.Name]);
        return new(
            graph.Node("Where", [missing, Row(replacement, numeric.Type), numeric.Name]),
            numeric.Type,
            numeric.Width
        );
    }

    private OnnxValue Convert(OnnxValue source)
    {
        var to = ElementTypes.Of(column.Type);
        if (to is null or ElementType.Text || source.Type == ElementType.Text || source.Keys is not null)
        {
            throw Refuse(
                $"it makes {column.Type} of {stage.Input[stage.SourcesOf(column).First()].Type}",
                "Convert between numbers and booleans only, and encode texts (OneHotEncoding)."
            );
        }
        return graph.Cast(source, to.Value);
    }

    private OnnxValue ToKey(OnnxValue source)
    {
        if (source.Width != 1)
        {
            throw Refuse("its column is a vector", "Encode each column by itself.");
        }
        var keys =
            KeySets.Of(column) ?? throw Refuse("its values are not known", "Encode texts, single or integer numbers.");
        long[] places = [.. Enumerable.Range(1, keys.Count).Select(number => (long)number)];
        var (known, from) = source.Type switch
        {
            ElementType.Text when keys.Texts is { } texts => (Attribute("keys_strings", texts), source),
            ElementType.Single when keys.AsNumbers() is { } numbers => (Attribute("keys_floats", numbers), source),
            ElementType.Int32 or ElementType.Int64 when keys.AsWhole() is { } numbers => (
                Attribute("keys_int64s", numbers),
                graph.Cast(source, ElementType.Int64)
            ),
            _ => throw Refuse(
                $"it encodes {stage.Input[stage.SourcesOf(column).First()].Type}",
                "Encode texts, single or integer numbers."
            ),
        };
        var name = graph.Node(
            MachineLearning,
            "LabelEncoder",
            [from.Name],
            [known, Attribute("values_int64s", places), Attribute("default_int64", 0)]
        );
        return new(name, ElementType.Int64, 1, keys);
    }

    private OnnxValue ToVector(OnnxValue source)
    {
        if (source.Keys is not { } keys || source.Width != 1)
        {
            throw Refuse("its column is not one key", "Encode each column by itself.");
        }
        var all = graph.Longs(Enumerable.Range(1, keys.Count).Select(number => (long)number), 1, keys.Count);
        var equal = new OnnxValue(graph.Node("Equal", [source.Name, all]), ElementType.Flag, keys.Count);
        return graph.Cast(equal, ElementType.Single);
    }

    // Key 0 is none: an empty text, or no number.
    private OnnxValue ToValue(OnnxValue source)
    {
        var (table, type) = source.Keys switch
        {
            { Texts: { } texts } => (graph.Texts(texts.Prepend(""), texts.Length + 1), ElementType.Text),
            { Numbers: { } numbers } when ElementTypes.Of(column.Type) is ElementType.Single => (
                graph.Floats(numbers.Prepend(float.NaN), numbers.Length + 1),
                ElementType.Single
            ),
            _ => throw Refuse(
                $"it makes {column.Type} of keys",
                "Let labels be texts or single numbers, or let the signature name the key."
            ),
        };
        return new(graph.Node("Gather", [table, source.Name], Attribute("axis", 0)), type, source.Width);
    }

    private OnnxValue Numeric(OnnxValue source) =>
        source.Type is ElementType.Single or ElementType.Double && source.Keys is null
            ? source
            : throw Refuse("its column is not of numbers", "Use it on single or double columns.");

    private string Row(double[] values, ElementType type) =>
        type == ElementType.Double
            ? graph.Doubles(values, 1, values.Length)
            : graph.Floats(values.Select(value => (float)value), 1, values.Length);

    private RondoException Refuse(string why, string mend) => Refusal.Of(stage.Transformer, column.Name, why, mend);
}
