using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>A declared endpoint: which model it serves, how a new version gets its traffic, and what watches it.</summary>
public sealed class Endpoint
{
    private readonly MonitorSet _monitors;
    private IReadOnlyList<int> _steps = [100];
    private TimeSpan _bake = TimeSpan.Zero;
    private int _minRequests;
    private double? _maxErrorRate;
    private TimeSpan? _maxP99;
    private bool _rejectsUnexpected;

    internal Endpoint(string name)
    {
        Name = name;
        Model = name;
        _monitors = new MonitorSet(name);
    }

    /// <summary>The name in the project, and in the address that clients call.</summary>
    public string Name { get; }

    /// <summary>The model that it serves; the endpoint's own name unless <see cref="Serves"/> says otherwise.</summary>
    public string Model { get; private set; }

    /// <summary>Serves the newest accepted version of this model.</summary>
    public Endpoint Serves(string model)
    {
        Model = Names.Checked(model, "a model");
        return this;
    }

    /// <summary>
    /// Moves traffic to a new version in steps of percent, the last of which is 100. A step is passed after at least
    /// <paramref name="bake"/> and <paramref name="minRequests"/> requests to the new version.
    /// </summary>
    public Endpoint Canary(IReadOnlyList<int> steps, TimeSpan bake = default, int minRequests = 0)
    {
        var rising = steps.Zip(steps.Skip(1)).All(pair => pair.First < pair.Second);
        if (steps.Count == 0 || steps[0] < 1 || steps[^1] != 100 || !rising)
        {
            throw Invalid(
                $"the canary steps [{string.Join(", ", steps)}] are not percentages that rise to 100",
                "Write for example [10, 50, 100]"
            );
        }
        if (bake < TimeSpan.Zero || minRequests < 0)
        {
            throw Invalid($"a canary step cannot last {bake} or {minRequests} requests", "Give zero or more");
        }
        (_steps, _bake, _minRequests) = (steps, bake, minRequests);
        return this;
    }

    /// <summary>Goes back to the last good version when a share of requests fails, or the slowest hundredth takes longer.</summary>
    /// <param name="errorRate">A share from 0 to 1; null: not watched.</param>
    /// <param name="p99">The 99th percentile of the time to answer; null: not watched.</param>
    public Endpoint RollBackWhen(double? errorRate = null, TimeSpan? p99 = null)
    {
        if (errorRate is < 0 or > 1 || p99 <= TimeSpan.Zero)
        {
            throw Invalid(
                $"it cannot roll back at an error rate of {errorRate} or a p99 of {p99}",
                "Give a share from 0 to 1 and a time above zero"
            );
        }
        (_maxErrorRate, _maxP99) = (errorRate, p99);
        return this;
    }

    /// <summary>
    /// Refuses requests whose values the schema of the training rows does not expect (a range, a domain, a rule between columns). Without it
    /// they are answered, counted, and named in the answer (<c>parameters.unexpected_values</c>).
    /// </summary>
    public Endpoint RejectUnexpected()
    {
        _rejectsUnexpected = true;
        return this;
    }

    /// <summary>Declares what watches the endpoint.</summary>
    public Endpoint Monitor(Action<MonitorSet> monitors)
    {
        monitors(_monitors);
        return this;
    }

    internal EndpointManifest ToManifest() =>
        new(
            Name,
            Model,
            new RolloutPolicy(
                _steps,
                (long)_bake.TotalMilliseconds,
                _minRequests,
                _maxErrorRate,
                _maxP99?.TotalMilliseconds
            ),
            _monitors.Manifests
        )
        {
            RejectsUnexpected = _rejectsUnexpected,
        };

    private RondoException Invalid(string what, string mend) =>
        new(ErrorCode.InvalidArgument, $"In endpoint '{Name}', {what}.", mend + ".");
}
