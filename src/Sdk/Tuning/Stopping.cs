using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>
/// When a trial that reports values on its way is not worth going on with. For the sweeps of a program (<see cref="Sweep"/>); a pipeline's
/// sweep stops early between rounds, with <see cref="Search.Halving"/>.
/// </summary>
public abstract class Stopping
{
    private protected Stopping() { }

    /// <summary>
    /// Stops a trial whose best value up to a step is worse than the median of the other trials' means up to it (the median stopping
    /// rule of Golovin et al., 2017, Google Vizier).
    /// </summary>
    /// <param name="afterTrials">Nothing is stopped before so many other trials have completed.</param>
    /// <param name="afterSteps">Nothing is stopped before this step.</param>
    public static Stopping Median(int afterTrials = 5, int afterSteps = 0) =>
        new MedianRule(
            Names.InRange(afterTrials, 1, Search.TrialsMax, "The trials before the median rule"),
            afterSteps
        );

    /// <summary>
    /// At the steps <paramref name="from"/>, <paramref name="from"/> · <paramref name="factor"/> and so on, lets the best go on: one in
    /// <paramref name="factor"/> of those that came so far (asynchronous successive halving: Li et al., 2020, A System for Massively Parallel
    /// Hyperparameter Tuning, in the form that stops trials).
    /// </summary>
    public static Stopping Halving(int from = 1, double factor = 3) =>
        from >= 1 && factor > 1 && double.IsFinite(factor)
            ? new HalvingRule(from, factor)
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                FormattableString.Invariant($"Halving cannot begin at step {from} and go on by {factor}."),
                "Give a step from 1, and a factor above 1."
            );

    /// <summary>Whether a trial should end, given the losses that it and others have reported; its newest is the last.</summary>
    internal abstract bool IsHopeless(ReportedTrial trial, IReadOnlyList<ReportedTrial> others);
}

/// <summary>The losses that a trial has reported so far, in the order of their steps.</summary>
internal sealed class ReportedTrial
{
    public const int ReportsMax = 10_000;

    public List<ReportedValue> Losses { get; } = [];

    public bool IsCompleted { get; set; }

    /// <summary>The first loss at or after a step; null: it has not come so far.</summary>
    public double? At(double step) => Losses.Find(loss => loss.Step >= step)?.Value;
}

internal sealed class MedianRule(int afterTrials, int afterSteps) : Stopping
{
    internal override bool IsHopeless(ReportedTrial trial, IReadOnlyList<ReportedTrial> others)
    {
        var step = trial.Losses[^1].Step;
        var means = others
            .Where(other => other.IsCompleted)
            .Select(other => other.Losses.Where(loss => loss.Step <= step).Select(loss => loss.Value).ToList())
            .Where(losses => losses.Count > 0)
            .Select(losses => losses.Average())
            .Order()
            .ToList();
        if (step < afterSteps || means.Count < afterTrials)
        {
            return false;
        }
        var median = (means[(means.Count - 1) / 2] + means[means.Count / 2]) / 2;
        return trial.Losses.Min(loss => loss.Value) > median;
    }
}

internal sealed class HalvingRule(int from, double factor) : Stopping
{
    private const int RungsMax = 100;

    internal override bool IsHopeless(ReportedTrial trial, IReadOnlyList<ReportedTrial> others)
    {
        var step = trial.Losses[^1].Step;
        var before = trial.Losses.Count > 1 ? trial.Losses[^2].Step : int.MinValue;
        for (var (rung, count) = ((double)from, 0); rung <= step && count < RungsMax; rung *= factor, count++)
        {
            if (rung > before && IsBehind(trial, others, rung))
            {
                return true;
            }
        }
        return false;
    }

    private bool IsBehind(ReportedTrial trial, IReadOnlyList<ReportedTrial> others, double rung)
    {
        var own = trial.At(rung)!.Value;
        var losses = others.Select(other => other.At(rung)).OfType<double>().Append(own).Order().ToList();
        // Of fewer than that nobody can say which is the best one in so many.
        return losses.Count >= factor && own > losses[(int)(losses.Count / factor) - 1];
    }
}
