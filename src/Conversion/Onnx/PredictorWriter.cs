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
    private readonly string _features;
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

    public static bool Takes(ITransformer transformer) => transformer is ISingleFeaturePredictionTransformer<object>;

    public OnnxValue Write(DataViewSchema.Column column, IReadOnlyDictionary<string, OnnxValue> values)
    {
        var features = values[_features];
        if (features.Type != ElementType.Single)
        {
            throw Refuse(column, "its features are not of single precision", "Let the features be single.");
        }
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

    // Where weights were driven to zero, ML.NET does not look at these features at all: what is missing there does no harm.
    private OnnxValue Linear(LinearModelParameters model, OnnxValue features)
    {
        var weights = model.Weights.ToArray();
        var name = features.Name;
        if (Internals.Get(model, "Weight") is VBuffer<float> { IsDense: false })
        {
            long[] used = [.. weights.Index().Where(weight => weight.Item != 0).Select(weight => (long)weight.Index)];
            if (used.Length == 0)
            {
                used = [0];
            }
            name = _graph.Node("Gather", [name, _graph.Longs(used, used.Length)], Attribute("axis", 1));
            weights = [.. used.Select(place => weights[place])];
        }
        var product = _graph.Node("MatMul", [name, _graph.Floats(weights, weights.Length, 1)]);
        return One("Add", product, _graph.Floats([model.Bias], 1, 1));
    }

    private OnnxValue Trees(DataViewSchema.Column column, TreeEnsembleModelParameters model, OnnxValue features) =>
        new TreeWriter(_graph, (why, mend) => Refuse(column, why, mend)).Write(model, features);

    // One over one and e to the power of slope × score + offset.
    private OnnxValue Probability(DataViewSchema.Column column, object model, OnnxValue score)
    {
        if (Internals.Get(model, "Calibrator") is not PlattCalibrator platt)
        {
            throw Refuse(
                column,
                "its calibrator is not that of Platt",
                "Calibrate with Platt, the default of the trainers."
            );
        }
        var scaled = _graph.Node("Mul", [score.Name, _graph.Floats([(float)-platt.Slope], 1, 1)]);
        var shifted = _graph.Node("Add", [scaled, _graph.Floats([(float)-platt.Offset], 1, 1)]);
        return One("Sigmoid", shifted);
    }

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

    // The greatest; none where a score is not a number.
    private OnnxValue Class(DataViewSchema.Column column, OnnxValue scores)
    {
        var best = _graph.Node("ArgMax", [scores.Name], Attribute("axis", 1), Attribute("keepdims", 1));
        var key = _graph.Node("Add", [best, _graph.Longs([1], 1, 1)]);
        var sum = _graph.Node("ReduceSum", [scores.Name, _graph.Longs([1], 1)], Attribute("keepdims", 1));
        var none = _graph.Node("IsNaN", [sum]);
        var name = _graph.Node("Where", [none, _graph.Longs([0], 1, 1), key]);
        return new(name, ElementType.Int64, 1, KeySets.Of(column) ?? new KeySet(scores.Width, null, null));
    }

    private OnnxValue Scores(DataViewSchema.Column column, OnnxValue features)
    {
        switch (_model)
        {
            case MaximumEntropyModelParameters entropy:
                return Softmax(Linear(entropy, features));
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
        var rows = weights.Take(classes).Select(row => row.DenseValues().ToArray()).ToArray();
        // Features × classes.
        var matrix = Enumerable.Range(0, features.Width).SelectMany(feature => rows.Select(row => row[feature]));
        var product = _graph.Node("MatMul", [features.Name, _graph.Floats(matrix, features.Width, classes)]);
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

    // A sum of zero divides nothing.
    private OnnxValue ToSumOfOne(OnnxValue scores)
    {
        var sum = _graph.Node("ReduceSum", [scores.Name, _graph.Longs([1], 1)], Attribute("keepdims", 1));
        var isPositive = _graph.Node("Greater", [sum, _graph.Floats([0], 1, 1)]);
        var divisor = _graph.Node("Where", [isPositive, sum, _graph.Floats([1], 1, 1)]);
        return scores with { Name = _graph.Node("Div", [scores.Name, divisor]) };
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
