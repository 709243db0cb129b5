using System.Globalization;
using Rondo.Sdk.Wire;

namespace Rondo.Serving.Changes;

/// <summary>
/// One setting of a declaration that can be changed while it is served: how it is called, what it takes, and where it stands.
/// <paramref name="Write"/> returns null where the text is no value of it.
/// </summary>
internal sealed record EndpointSetting(
    string Name,
    string Takes,
    Func<EndpointManifest, string> Read,
    Func<EndpointManifest, string, EndpointManifest?> Write
)
{
    private const string Drift = "drift";
    private static readonly string[] s_ofMonitors = ["limit", "window", "every", "minColumns"];

    private static readonly EndpointSetting[] s_ofEndpoints =
    [
        new(
            "canary.steps",
            "percentages that rise to 100, such as 10,50,100",
            manifest => string.Join(',', manifest.Rollout.Steps),
            (manifest, text) => OnRollout(manifest, SettingValues.Steps(text), (r, steps) => r with { Steps = steps })
        ),
        new(
            "canary.bake",
            "a time, such as 10m, up to 3650d",
            manifest => SettingValues.TimeText(manifest.Rollout.BakeMs),
            (manifest, text) =>
                SettingValues.TimeMs(text) is { } ms
                    ? manifest with
                    {
                        Rollout = manifest.Rollout with { BakeMs = (long)ms },
                    }
                    : null
        ),
        new(
            "canary.minRequests",
            "a whole number, 0 or more",
            manifest => manifest.Rollout.MinRequests.ToString(CultureInfo.InvariantCulture),
            (manifest, text) =>
                SettingValues.Whole(text) is { } count
                    ? manifest with
                    {
                        Rollout = manifest.Rollout with { MinRequests = count },
                    }
                    : null
        ),
        new(
            "rollback.errorRate",
            "a share from 0 to 1, or none",
            manifest => manifest.Rollout.MaxErrorRate is { } rate ? SettingValues.Text(rate) : SettingValues.None,
            (manifest, text) =>
                Limit(text, SettingValues.Number, rate => rate is >= 0 and <= 1) is { IsValid: true } limit
                    ? manifest with
                    {
                        Rollout = manifest.Rollout with { MaxErrorRate = limit.Value },
                    }
                    : null
        ),
        new(
            "rollback.p99",
            "a time above zero, such as 250ms, up to 3650d, or none",
            manifest => manifest.Rollout.MaxP99Ms is { } ms ? SettingValues.TimeText(ms) : SettingValues.None,
            (manifest, text) =>
                Limit(text, SettingValues.TimeMs, ms => ms > 0) is { IsValid: true } limit
                    ? manifest with
                    {
                        Rollout = manifest.Rollout with { MaxP99Ms = limit.Value },
                    }
                    : null
        ),
        new(
            "rejectUnexpected",
            "true or false",
            manifest => manifest.RejectsUnexpected ? "true" : "false",
            (manifest, text) =>
                bool.TryParse(text, out var rejects) ? manifest with { RejectsUnexpected = rejects } : null
        ),
    ];

    /// <summary>The settings that an endpoint of this declaration has.</summary>
    public static IReadOnlyList<EndpointSetting> Of(EndpointManifest manifest) =>
        [.. s_ofEndpoints, .. manifest.Monitors.SelectMany(OfMonitor)];

    /// <summary>
    /// The settings that somebody may mean: by their own name (<c>drift-psi.limit</c>), by what a declaration says (<c>drift.psi</c>), or by the
    /// kind of the monitor (<c>drift.window</c>). One: it is that; several: it must be said which.
    /// </summary>
    public static IReadOnlyList<EndpointSetting> Find(EndpointManifest manifest, string asked)
    {
        var all = Of(manifest);
        if (all.FirstOrDefault(setting => setting.Name == asked) is { } exact)
        {
            return [exact];
        }

        var parts = asked.Split('.');
        var names = manifest
            .Monitors.Where(monitor => parts.Length == 2 && monitor.Kind == parts[0])
            .Where(monitor => monitor.Metric == parts[1] || s_ofMonitors.Contains(parts[1], StringComparer.Ordinal))
            .Select(monitor => $"{monitor.Name}.{(monitor.Metric == parts[1] ? "limit" : parts[1])}")
            .ToHashSet(StringComparer.Ordinal);
        return [.. all.Where(setting => names.Contains(setting.Name))];
    }

    /// <summary>What a declaration says of a setting; null where it has none of this name.</summary>
    public static string? ValueIn(EndpointManifest manifest, string name) =>
        Of(manifest).FirstOrDefault(setting => setting.Name == name)?.Read(manifest);

    private static IEnumerable<EndpointSetting> OfMonitor(MonitorManifest monitor)
    {
        // A detector has no limit: it raises when the errors begin to rise.
        if (monitor.Detector is null)
        {
            yield return new EndpointSetting(
                monitor.Name + ".limit",
                "a number above 0",
                manifest => SettingValues.Text(Monitor(manifest, monitor.Name).Limit),
                (manifest, text) =>
                    SettingValues.Number(text) is { } limit and > 0
                        ? With(manifest, monitor.Name, known => known with { Limit = limit })
                        : null
            );
        }

        yield return Days(monitor, "window", known => known.WindowDays, (m, days) => m with { WindowDays = days });
        yield return Days(monitor, "every", known => known.EveryDays, (m, days) => m with { EveryDays = days });
        if (monitor.Kind == Drift)
        {
            yield return Days(
                monitor,
                "minColumns",
                known => known.MinColumns,
                (known, columns) => known with { MinColumns = columns }
            );
        }
    }

    private static EndpointSetting Days(
        MonitorManifest monitor,
        string name,
        Func<MonitorManifest, int> read,
        Func<MonitorManifest, int, MonitorManifest> write
    ) =>
        new(
            $"{monitor.Name}.{name}",
            "a whole number from 1 to 100000",
            manifest => read(Monitor(manifest, monitor.Name)).ToString(CultureInfo.InvariantCulture),
            (manifest, text) =>
                SettingValues.Whole(text) is { } number and >= 1 and <= 100_000
                    ? With(manifest, monitor.Name, known => write(known, number))
                    : null
        );

    private static MonitorManifest Monitor(EndpointManifest manifest, string name) =>
        manifest.Monitors.First(monitor => monitor.Name == name);

    private static EndpointManifest With(
        EndpointManifest manifest,
        string name,
        Func<MonitorManifest, MonitorManifest> change
    ) =>
        manifest with
        {
            Monitors = [.. manifest.Monitors.Select(monitor => monitor.Name == name ? change(monitor) : monitor)],
        };

    private static EndpointManifest? OnRollout<T>(
        EndpointManifest manifest,
        T? value,
        Func<RolloutPolicy, T, RolloutPolicy> change
    )
        where T : class => value is null ? null : manifest with { Rollout = change(manifest.Rollout, value) };

    private static (bool IsValid, double? Value) Limit(
        string text,
        Func<string, double?> read,
        Func<double, bool> fits
    ) =>
        text == SettingValues.None ? (true, null)
        : read(text) is { } value && fits(value) ? (true, value)
        : (false, null);
}
