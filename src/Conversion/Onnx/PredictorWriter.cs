using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using static Rondo.Conversion.Onnx.GraphBuilder;

namespace Rondo.Conversion.Onnx;

/// <summary>Writes what a fitted trainer gives: score, probability and label.</summary>
internal sealed class PredictorWriter
{
    private const string Supported =
        "Serve the model as it is (mlnet-zip), or train with trees (FastTree, FastForest, LightGBM), a linear or logistic regression, Poisson regression, maximum entropy or one versus all of these.";

    private readonly GraphBuilder _graph;
    private readonly ChainStage _stage;
    private readonly string? _features;
    private readonly object _model;
    private OnnxValue? _score;

    public PredictorWriter(GraphBuilder graph, ChainStage stage)
    {
        _graph = graph;
        _stage = stage;
        var predictor = (ISingleFeaturePredictionTransformer<object>)stage.Transformer;
        _features = predictor.FeatureColumnName;
        _model = predictor.Model;
    }

    // A calibrator looks like a trainer's model to ML.NET; it makes one column of another.
    public static bool Takes(ITransformer transformer) =>
        transformer
            is ISingleFeaturePredictionTransformer<object>
                and not ISingleFeaturePredictionTransformer<ICalibrator>;

    public OnnxValue Write(DataViewSchema.Column column, IReadOnlyDictionary<string, OnnxValue> values)
    {
        var kind = Refusal.NameOf(_stage.Transformer.GetType());
        var multiclass = kind == "MulticlassPredictionTransformer";
        if (
            !multiclass
            && kind
                is not (
                    "RegressionPredictionTransformer"
                    or "BinaryPredictionTransformer"
                    or "RankingPredictionTransformer"
                )
        )
        {
            throw Refuse(column, "there is no writer for it", Supported);
        }
        // The prior looks at no feature, and has no column of them.
        if (_features is null)
        {
            throw Refuse(column, $"there is no writer for {Refusal.NameOf(_model.GetType())}", Supported);
        }
        var features = values[_features];
        if (features.Type != ElementType.Single)
        {
            throw Refuse(column, "its features are not of single precision", "Let the features be single.");
        }
        _score ??= multiclass ? Scores(column, features) : Score(column, _model, features);
        return column.Name switch
        {
            "Score" => _score,
            "Probability" => Probability(column, _model, _score),
            "PredictedLabel" when multiclass => Class(column, _score),
            "PredictedLabel" => Flag(column, _score),
            _ => throw Refuse(column, "nothing is known of this column", "Name Score, Probability or PredictedLabel."),
        };
    }

    private OnnxValue Score(DataViewSchema.Column column, object model, OnnxValue features) =>
        model switch
        {
            PoissonRegressionModelParameters poisson => One("Exp", Linear(poisson, features).Name),
            LinearModelParameters linear => Linear(linear, features),
            FastTreeTweedieModelParameters tweedie => One("Exp", Trees(column, tweedie, features).Name),
            FastTreeRegressionModelParameters
            or FastTreeBinaryModelParameters
            or FastTreeRankingModelParameters
            or FastForestRegressionModelParameters
            or FastForestBinaryModelParameters => Trees(column, (TreeEnsembleModelParameters)model, features),
            // Of an assembly that is not referenced here.
            TreeEnsembleModelParameters boosted
                when boosted.GetType().Name.StartsWith("LightGbm", StringComparison.Ordinal) => Trees(
                column,
                boosted,
                features
            ),
            _ when Internals.Get(model, "SubModel") is { } calibrated => Score(column, calibrated, features),
            _ => throw Refuse(column, $"there is no writer for {Refusal.NameOf(model.GetType())}", Supported),
        };

    private OnnxValue Linear(LinearModelParameters model, OnnxValue features)
    {
        var isDense = Internals.Get(model, "Weight") is not VBuffer<float> { IsDense: false };
        var product = Product(features, [.. model.Weights], isDense);
        return One("Add", product, _graph.Floats([model.Bias], 1, 1));
    }

    // Where weights were driven to zero, ML.NET does not look at these features at all: what is missing or endless there does no harm.
    private string Product(OnnxValue features, float[] weights, bool isDense)
    {
        var name = features.Name;
        if (!isDense)
        {
            long[] used = [.. weights.Index().Where(weight => weight.Item != 0).Select(weight => (long)weight.Index)];
            if (used.Length == 0)
            {
                used = [0];
            }
            name = _graph.Node("Gather", [name, _graph.Longs(used, used.Length)], Attribute("axis", 1));
            weights = [.. used.Select(place => weights[place])];
        }
        return _graph.Node("MatMul", [name, _graph.Floats(weights, weights.Length, 1)]);
    }

    private OnnxValue Trees(DataViewSchema.Column column, TreeEnsembleModelParameters model, OnnxValue features) =>
        new TreeWriter(_graph, (why, mend) => Refuse(column, why, mend)).Write(model, features);

    private OnnxValue Probability(DataViewSchema.Column column, object model, OnnxValue score) =>
        new CalibratorWriter(_graph, (why, mend) => Refuse(column, why, mend)).Write(
            Internals.Get(model, "Calibrator"),
            score
        );

    private OnnxValue Flag(DataViewSchema.Column column, OnnxValue score)
    {
        var threshold = Internals.Get(_stage.Transformer, "Threshold") as float? ?? 0;
        var compared =
            Internals.Get(_stage.Transformer, "ThresholdColumn") as string == "Probability"
                ? Probability(column, _model, score)
                : score;
        var name = _graph.Node("Greater", [compared.Name, _graph.Floats([threshold], 1, 1)]);
        return new(name, ElementType.Flag, 1);
    }

    // The greatest, the first of several; what is no number is passed over, and where none is a number there is no class.
    private OnnxValue Class(DataViewSchema.Column column, OnnxValue scores)
    {
        var (numbers, greatest) = Greatest(scores);
        var equal = _graph.Node("Equal", [numbers, greatest]);
        var isNumber = _graph.Node("Not", [_graph.Node("IsNaN", [scores.Name])]);
        var best = new OnnxValue(_graph.Node("And", [equal, isNumber]), ElementType.Flag, scores.Width);
        var mark = _graph.Cast(best, ElementType.Single).Name;
        var place = _graph.Node("ArgMax", [mark], Attribute("axis", 1), Attribute("keepdims", 1));
        var key = _graph.Node("Add", [place, _graph.Longs([1], 1, 1)]);
        var count = _graph.Node("ReduceSum", [mark, _graph.Longs([1], 1)], Attribute("keepdims", 1));
        var some = _graph.Node("Greater", [count, _graph.Floats([0], 1, 1)]);
        var name = _graph.Node("Where", [some, key, _graph.Longs([0], 1, 1)]);
        return new(name, ElementType.Int64, 1, KeySets.Of(column) ?? new KeySet(scores.Width, null, null));
    }

    // What is no number is taken for the least there is.
    private (string Numbers, string Greatest) Greatest(OnnxValue scores)
    {
        var least = _graph.Floats([float.NegativeInfinity], 1, 1);
        var numbers = _graph.Node("Where", [_graph.Node("IsNaN", [scores.Name]), least, scores.Name]);
        var axes = Attribute("axes", new[] { 1L });
        return (numbers, _graph.Node("ReduceMax", [numbers], axes, Attribute("keepdims", 1)));
    }

    private OnnxValue Scores(DataViewSchema.Column column, OnnxValue features)
    {
        switch (_model)
        {
            case MaximumEntropyModelParameters entropy:
                return Entropy(Linear(entropy, features));
            case LinearMulticlassModelParameters linear:
                return Linear(linear, features);
            case OneVersusAllModelParameters all:
                return OneVersusAll(column, all, features);
            default:
                throw Refuse(column, $"there is no writer for {Refusal.NameOf(_model.GetType())}", Supported);
        }
    }

    private OnnxValue Linear(LinearMulticlassModelParametersBase model, OnnxValue features)
    {
        VBuffer<float>[] weights = [];
        model.GetWeights(ref weights, out var classes);
        var isDense = weights.Take(classes).All(row => row.IsDense);
        var rows = weights.Take(classes).Select(row => row.DenseValues().ToArray()).ToArray();
        // Features × classes.
        var matrix = Enumerable.Range(0, features.Width).SelectMany(feature => rows.Select(row => row[feature]));
        var product = isDense
            ? _graph.Node("MatMul", [features.Name, _graph.Floats(matrix, features.Width, classes)])
            : _graph.Node(
                "Concat",
                [.. rows.Select((row, i) => Product(features, row, weights[i].IsDense))],
                Attribute("axis", 1)
            );
        var sum = _graph.Node("Add", [product, _graph.Floats(model.GetBiases().Take(classes), 1, classes)]);
        return new(sum, ElementType.Single, classes);
    }

    private OnnxValue OneVersusAll(DataViewSchema.Column column, OneVersusAllModelParameters model, OnnxValue features)
    {
        var formula = Internals.Get(model, "_impl")?.GetType().Name;
        var parts = Internals.Get(model, "SubModelParameters") as IEnumerable<object> ?? [];
        var scores = parts
            .Select(one =>
            {
                var score = Score(column, one, features);
                return formula == "ImplDist" ? Probability(column, one, score).Name : score.Name;
            })
            .ToArray();
        var together = new OnnxValue(
            _graph.Node("Concat", scores, Attribute("axis", 1)),
            ElementType.Single,
            scores.Length
        );
        return formula switch
        {
            "ImplDist" => ToSumOfOne(together),
            "ImplSoftmax" => Softmax(together),
            "ImplRaw" => together,
            _ => throw Refuse(column, $"its scores are put together in a way ({formula}) that is not known", Supported),
        };
    }

    // A sum of zero divides nothing, and what is no number has no part in it.
    private OnnxValue ToSumOfOne(OnnxValue scores)
    {
        var numbers = _graph.Node(
            "Where",
            [_graph.Node("IsNaN", [scores.Name]), _graph.Floats([0], 1, 1), scores.Name]
        );
        var sum = _graph.Node("ReduceSum", [numbers, _graph.Longs([1], 1)], Attribute("keepdims", 1));
        var isPositive = _graph.Node("Greater", [sum, _graph.Floats([0], 1, 1)]);
        var divisor = _graph.Node("Where", [isPositive, sum, _graph.Floats([1], 1, 1)]);
        return scores with { Name = _graph.Node("Div", [scores.Name, divisor]) };
    }

    // As ML.NET does it for maximum entropy: e to the power of a score less the logarithm of the sum. Among scores that are endless, or no numbers,
    // the operator Softmax answers otherwise.
    private OnnxValue Entropy(OnnxValue scores)
    {
        var (numbers, greatest) = Greatest(scores);
        var power = _graph.Node("Exp", [_graph.Node("Sub", [numbers, greatest])]);
        var part = _graph.Node("Where", [_graph.Node("IsNaN", [power]), _graph.Floats([0], 1, 1), power]);
        var sum = _graph.Node("ReduceSum", [part, _graph.Longs([1], 1)], Attribute("keepdims", 1));
        var atLeastOne = _graph.Node("Max", [sum, _graph.Floats([1], 1, 1)]);
        var logarithm = _graph.Node("Add", [greatest, _graph.Node("Log", [atLeastOne])]);
        return scores with { Name = _graph.Node("Exp", [_graph.Node("Sub", [scores.Name, logarithm])]) };
    }

    private OnnxValue Softmax(OnnxValue scores) =>
        scores with
        {
            Name = _graph.Node("Softmax", [scores.Name], Attribute("axis", 1)),
        };

    private OnnxValue One(string operation, params string[] inputs) =>
        new(_graph.Node(operation, inputs), ElementType.Single, 1);

    private RondoException Refuse(DataViewSchema.Column column, string why, string mend) =>
        Refusal.Of(_stage.Transformer, column.Name, why, mend);
}
