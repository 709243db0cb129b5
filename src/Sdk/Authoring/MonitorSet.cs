using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>The monitors of an endpoint. Windows and distances are days of event time.</summary>
public sealed class MonitorSet
{
    private readonly string _endpoint;
    private readonly List<MonitorManifest> _monitors = [];

    internal MonitorSet(string endpoint) => _endpoint = endpoint;

    internal IReadOnlyList<MonitorManifest> Manifests => _monitors;

    /// <summary>Raises an alert when the error on joined outcomes is above the limit. Give exactly one of the metrics.</summary>
    /// <param name="rmse">Limit of the root mean squared error.</param>
    /// <param name="mae">Limit of the mean absolute error.</param>
    /// <param name="window">Days of a window.</param>
    /// <param name="every">Days from one window's end to the next; 0: the window.</param>
    public MonitorSet Quality(double? rmse = null, double? mae = null, int window = 91, int every = 0)
    {
        if (rmse is null == mae is null)
        {
            throw Invalid("a quality monitor needs exactly one limit", "Give rmse or mae");
        }
        var metric = rmse is null ? "mae" : "rmse";
        return Add(new("quality-" + metric, "quality", metric, rmse ?? mae!.Value, window, every));
    }

    /// <summary>
    /// Raises an alert when the errors of single answers begin to rise, and says since when. The detector sees every answer of a version whose
    /// truth has come, in the order of event time, over the ends of windows: a window is only how often it is asked.
    /// </summary>
    /// <param name="detector">Which, with its settings: see <see cref="Detectors"/>.</param>
    /// <param name="window">Days of a window.</param>
    /// <param name="every">Days from one window's end to the next; 0: the window.</param>
    public MonitorSet Quality(Detector detector, int window = 7, int every = 0) =>
        Add(
            new("quality-" + detector.Name.ToLowerInvariant(), "quality", "drifts", 0, window, every)
            {
                Detector = detector,
            }
        );

    /// <summary>
    /// Raises an alert when a distribution has moved by a measure of your choice. Without a limit each column is held against the one that was
    /// learned when the model was registered (<see cref="GatedCandidate{T}.LearnDriftLimits"/>), so that what moves in every window, as
    /// weekends do, raises nothing; over all columns a false alarm then comes in the stated share of windows.
    /// </summary>
    /// <param name="measure">The measure.</param>
    /// <param name="limit">Its limit for a column, in its own unit; null: the learned ones.</param>
    /// <param name="window">Days of a window; learned limits are for windows of the days that they were learned from.</param>
    /// <param name="every">Days from one window's end to the next; 0: the window.</param>
    /// <param name="minColumns">How many columns must have moved.</param>
    public MonitorSet Drift(
        DriftMeasure measure,
        double? limit = null,
        int window = 91,
        int every = 0,
        int minColumns = 1
    )
    {
        var metric = JsonNamingPolicy.CamelCase.ConvertName(measure.ToString());
        var columns = Names.InRange(minColumns, 1, 10_000, "The columns");
        return Add(
            new("drift-" + metric.ToLowerInvariant(), "drift", metric, limit ?? 1, window, every, columns)
            {
                Calibrated = limit is null,
            }
        );
    }

    /// <summary>Raises an alert when a distribution has moved away from the training data's.</summary>
    /// <param name="psi">Limit of the population stability index of a column.</param>
    /// <param name="window">Days of a window.</param>
    /// <param name="every">Days from one window's end to the next; 0: the window.</param>
    /// <param name="minColumns">How many columns must have moved.</param>
    public MonitorSet Drift(double psi = 0.2, int window = 91, int every = 0, int minColumns = 1) =>
        Add(new("drift-psi", "drift", "psi", psi, window, every, Names.InRange(minColumns, 1, 10_000, "The columns")));

    /// <summary>
    /// Raises an alert when more than a share of a window's requests are not as the schema of the training rows expects: a range, a domain, a
    /// rule between columns, a class share, a distribution. See also <see cref="Endpoint.RejectUnexpected"/>.
    /// </summary>
    /// <param name="share">The share of the rows, 0 to 1, of the anomaly that touches the most.</param>
    /// <param name="window">Days of a window.</param>
    /// <param name="every">Days from one window's end to the next; 0: the window.</param>
    public MonitorSet Schema(double share = 0.01, int window = 1, int every = 0) =>
        share is > 0 and <= 1
            ? Add(new("schema", "schema", "share", share, window, every))
            : throw Invalid($"a share of {share} of the rows cannot be a limit", "Give a share above 0, up to 1");

    /// <summary>Raises an alert when the newest data that the served model has seen is older than so many days.</summary>
    public MonitorSet Freshness(int days, int every = 1) => Add(new("freshness", "freshness", "days", days, 1, every));

    private MonitorSet Add(MonitorManifest monitor)
    {
        if (
            monitor.WindowDays < 1
            || monitor.EveryDays < 0
            || (monitor.Limit <= 0 && monitor.Detector is null)
            || !double.IsFinite(monitor.Limit)
        )
        {
            throw Invalid(
                $"monitor '{monitor.Name}' has limit {monitor.Limit}, window {monitor.WindowDays}, every {monitor.EveryDays}",
                "Give a limit above 0, a window of 1 day or more, and a distance of 0 (the window) or more"
            );
        }
        var same = _monitors.Count(known => known.Kind == monitor.Kind && known.Metric == monitor.Metric);
        _monitors.Add(
            monitor with
            {
                Name = same == 0 ? monitor.Name : $"{monitor.Name}-{same + 1}",
                EveryDays = monitor.EveryDays == 0 ? monitor.WindowDays : monitor.EveryDays,
            }
        );
        return this;
    }

    private RondoException Invalid(string what, string mend) =>
        new(ErrorCode.InvalidArgument, $"In endpoint '{_endpoint}', {what}.", mend + ".");
}
