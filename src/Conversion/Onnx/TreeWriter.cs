using Microsoft.ML.Trainers.FastTree;
using static Rondo.Conversion.Onnx.GraphBuilder;

namespace Rondo.Conversion.Onnx;

/// <summary>
/// Writes an ensemble of trees as the operator <c>TreeEnsembleRegressor</c>: at each node a feature is at most a threshold or not, and the sum
/// of the leaves, by the weight of their trees, is the score.
/// </summary>
/// <param name="graph">Where to.</param>
/// <param name="refuse">Makes the error of what cannot be written, of a reason and what to do.</param>
internal sealed class TreeWriter(GraphBuilder graph, Func<string, string, RondoException> refuse)
{
    private readonly Nodes _nodes = new();
    private readonly List<string> _anyOf = [];
    private OnnxValue _features = null!;

    public OnnxValue Write(TreeEnsembleModelParameters model, OnnxValue features)
    {
        _features = features;
        var (trees, weights, bias) = model switch
        {
            TreeEnsembleModelParametersBasedOnRegressionTree { TrainedTreeEnsemble: var ensemble } => (
                ensemble.Trees.ToArray<RegressionTreeBase>(),
                ensemble.TreeWeights,
                ensemble.Bias
            ),
            TreeEnsembleModelParametersBasedOnQuantileRegressionTree { TrainedTreeEnsemble: var ensemble } => (
                ensemble.Trees.ToArray<RegressionTreeBase>(),
                // A forest that regresses answers with the mean of its trees, one that classifies with their sum.
                model is FastForestRegressionModelParameters
                    ? [.. ensemble.TreeWeights.Select(weight => weight / ensemble.Trees.Count)]
                    : ensemble.TreeWeights,
                ensemble.Bias
            ),
            _ => throw refuse("its trees cannot be read", "Serve the model as it is (mlnet-zip)."),
        };
        if (trees.Length == 0)
        {
            throw refuse("it has no tree", "Train with more rows, or with fewer needed for a leaf.");
        }
        for (var tree = 0; tree < trees.Length; tree++)
        {
            Add(tree, trees[tree], weights[tree]);
        }
        var name = graph.Node(MachineLearning, "TreeEnsembleRegressor", [Features()], _nodes.Attributes((float)bias));
        return new(name, ElementType.Single, 1);
    }

    private void Add(int number, RegressionTreeBase tree, double weight)
    {
        var inner = tree.NumberOfNodes;
        var missing = MissingOf(tree);
        for (var node = 0; node < inner; node++)
        {
            var isCategorical = tree.CategoricalSplitFlags[node];
            var threshold = isCategorical ? 0.5f : tree.NumericalSplitThresholds[node];
            var feature = isCategorical
                ? AnyOf(tree.GetCategoricalSplitFeaturesAt(node))
                : tree.NumericalSplitFeatureIndexes[node];
            _nodes.Branch(
                (number, node, feature),
                threshold,
                (Child(tree.LeftChild[node], inner), Child(tree.RightChild[node], inner)),
                missing is not null && missing[node] <= threshold
            );
        }
        for (var leaf = 0; leaf < tree.NumberOfLeaves; leaf++)
        {
            _nodes.Leaf(number, inner + leaf, (float)(weight * tree.LeafValues[leaf]));
        }
    }

    // The value that a missing one is taken for at each node; null: none, so that it is not at most the threshold.
    private float[]? MissingOf(RegressionTreeBase tree) =>
        Internals.Get(tree, "_tree") is { } own
            ? Internals.Get(own, "DefaultValueForMissing") as float[]
            : throw refuse(
                "this version of ML.NET does not tell where its trees send missing values",
                "Use Microsoft.ML 5.0, or serve the model as it is (mlnet-zip)."
            );

    // A leaf stands behind all inner nodes.
    private static int Child(int child, int inner) => child >= 0 ? child : inner + ~child;

    // A split by categories asks whether any of several indicators is set: a feature of its own, made of these.
    private int AnyOf(IReadOnlyList<int> features)
    {
        var places = graph.Longs(features.Select(feature => (long)feature), features.Count);
        var picked = graph.Node("Gather", [_features.Name, places], Attribute("axis", 1));
        var set = graph.Node("Greater", [picked, graph.Floats([0], 1, 1)]);
        var number = graph.Cast(new(set, ElementType.Flag, features.Count), ElementType.Single);
        _anyOf.Add(graph.Node("ReduceMax", [number.Name], Attribute("axes", new[] { 1L }), Attribute("keepdims", 1)));
        return _features.Width + _anyOf.Count - 1;
    }

    private string Features() =>
        _anyOf.Count == 0 ? _features.Name : graph.Node("Concat", [_features.Name, .. _anyOf], Attribute("axis", 1));

    /// <summary>The nodes of all trees in columns, as the operator takes them.</summary>
    private sealed class Nodes
    {
        private readonly List<long> _trees = [];
        private readonly List<long> _ids = [];
        private readonly List<long> _features = [];
        private readonly List<float> _thresholds = [];
        private readonly List<string> _modes = [];
        private readonly List<long> _atMost = [];
        private readonly List<long> _above = [];
        private readonly List<long> _missing = [];
        private readonly List<long> _leafTrees = [];
        private readonly List<long> _leafIds = [];
        private readonly List<float> _leaves = [];

        public void Branch(
            (int Tree, int Id, int Feature) node,
            float threshold,
            (int AtMost, int Above) children,
            bool missingIsAtMost
        )
        {
            Add(node, "BRANCH_LEQ", threshold);
            _atMost.Add(children.AtMost);
            _above.Add(children.Above);
            _missing.Add(missingIsAtMost ? 1 : 0);
        }

        public void Leaf(int tree, int id, float value)
        {
            Add((tree, id, 0), "LEAF", 0);
            _atMost.Add(0);
            _above.Add(0);
            _missing.Add(0);
            _leafTrees.Add(tree);
            _leafIds.Add(id);
            _leaves.Add(value);
        }

        public AttributeProto[] Attributes(float bias) =>
            [
                Attribute("nodes_treeids", _trees),
                Attribute("nodes_nodeids", _ids),
                Attribute("nodes_featureids", _features),
                Attribute("nodes_values", _thresholds),
                Attribute("nodes_modes", _modes),
                Attribute("nodes_truenodeids", _atMost),
                Attribute("nodes_falsenodeids", _above),
                Attribute("nodes_missing_value_tracks_true", _missing),
                Attribute("target_treeids", _leafTrees),
                Attribute("target_nodeids", _leafIds),
                Attribute("target_ids", _leafIds.Select(_ => 0L)),
                Attribute("target_weights", _leaves),
                Attribute("base_values", new[] { bias }),
                Attribute("n_targets", 1),
                Attribute("aggregate_function", "SUM"),
                Attribute("post_transform", "NONE"),
            ];

        private void Add((int Tree, int Id, int Feature) node, string mode, float threshold)
        {
            _trees.Add(node.Tree);
            _ids.Add(node.Id);
            _features.Add(node.Feature);
            _modes.Add(mode);
            _thresholds.Add(threshold);
        }
    }
}
