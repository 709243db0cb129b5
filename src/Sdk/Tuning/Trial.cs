using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>A trial of a program's sweep while it runs: its parameters, and whether it is worth going on.</summary>
public sealed class Trial
{
    private readonly Func<Trial, int, double, bool> _isHopeless;
    private readonly List<ReportedValue> _reported = [];

    internal Trial(ProposedTrial proposed, int seed, Func<Trial, int, double, bool> isHopeless)
    {
        Proposed = proposed;
        Seed = seed;
        _isHopeless = isHopeless;
    }

    /// <summary>From 0, in the order in which trials were proposed.</summary>
    public int Number => Proposed.Number;

    /// <summary>The parameters that have a meaning in this trial.</summary>
    public ParameterValues Parameters => Proposed.Parameters;

    /// <summary>What it may spend, with <see cref="Search.Halving"/>; otherwise 1.</summary>
    public double Budget => Proposed.Budget;

    /// <summary>A seed of its own, equal in equal sweeps.</summary>
    public int Seed { get; }

    /// <summary>Cancelled when the sweep is no longer wanted.</summary>
    public CancellationToken Cancellation { get; internal init; }

    internal ProposedTrial Proposed { get; }

    internal ReportedTrial Losses { get; } = new();

    internal IReadOnlyList<ReportedValue> Reported => _reported;

    internal bool WasStopped { get; private set; }

    /// <summary>The value of a parameter.</summary>
    /// <exception cref="RondoException">It has no meaning in this trial.</exception>
    public T Get<T>(SearchParameter<T> parameter) => Parameters.Get(parameter);

    /// <summary>
    /// Reports a value on the way, for example after an epoch, and says whether the trial should end:
    /// <c>if (trial.ShouldStop(epoch, loss)) return loss;</c>. To be called from one thread of the trial.
    /// </summary>
    /// <param name="step">Larger than the step before.</param>
    /// <param name="value">In the units of what the trial gives in the end.</param>
    /// <exception cref="RondoException">The step does not grow, or there are more than 10,000 of them.</exception>
    public bool ShouldStop(int step, double value)
    {
        if (_reported.Count >= ReportedTrial.ReportsMax || (_reported.Count > 0 && step <= _reported[^1].Step))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Trial {Number} reports step {step} after {_reported.Count} others.",
                $"Report growing steps, at most {ReportedTrial.ReportsMax}."
            );
        }
        _reported.Add(new(step, value));
        WasStopped = _isHopeless(this, step, value);
        return WasStopped;
    }
}
