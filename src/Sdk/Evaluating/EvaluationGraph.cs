using System.Linq.Expressions;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>The built-in way from a hold-out to a registered model.</summary>
public static class EvaluationGraph
{
    /// <summary>
    /// Starts an evaluation on a hold-out: candidates are added with their predictions, the best is chosen, a gate decides, and
    /// what it lets through is registered. Rows should be in the order of time: the interval of a difference is drawn by weeks
    /// of neighbouring rows.
    /// </summary>
    /// <param name="graph">The pipeline.</param>
    /// <param name="holdout">Rows that no candidate has seen.</param>
    /// <param name="truth">The property that a model is to predict.</param>
    public static HoldoutEvaluation<T> Evaluate<T, TTruth>(
        this Graph graph,
        Ref<Table<T>> holdout,
        Expression<Func<T, TTruth>> truth
    ) => new(graph, holdout, Properties.ColumnOf(truth));

    /// <summary>The same rows, for an input that takes a table of any columns.</summary>
    public static Ref<Table> Untyped<T>(this Ref<Table<T>> rows) => new(rows.Node, rows.Port);
}
