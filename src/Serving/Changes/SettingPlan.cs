using Rondo.Sdk.Wire;

namespace Rondo.Serving.Changes;

/// <summary>What a change would make of one endpoint: each setting before and after, the declaration that would hold, and what cannot be done.</summary>
internal sealed record SettingPlan(
    EndpointManifest After,
    IReadOnlyList<SettingChange> Settings,
    IReadOnlyList<SettingProblem> Problems
)
{
    /// <summary>Why nothing is changed where everything is as asked for already.</summary>
    public const string AsAsked = "has these values already";

    public static SettingPlan Of(EndpointManifest manifest, IReadOnlyDictionary<string, string> set)
    {
        var (after, settings, problems) = (manifest, new List<SettingChange>(), new List<SettingProblem>());
        foreach (var (asked, text) in set.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (EndpointSetting.Find(manifest, asked) is not [var setting])
            {
                problems.Add(NotOne(manifest, asked));
                continue;
            }

            if (settings.Exists(known => known.Setting == setting.Name))
            {
                problems.Add(new SettingProblem(asked, $"'{setting.Name}' is set twice", "Give it one value."));
                continue;
            }

            if (setting.Write(after, text) is not { } written)
            {
                problems.Add(
                    new SettingProblem(asked, $"'{text}' is no value of '{setting.Name}'", $"It takes {setting.Takes}.")
                );
                continue;
            }

            settings.Add(new SettingChange(setting.Name, setting.Read(manifest), setting.Read(written)));
            after = written;
        }

        return new SettingPlan(after, [.. settings.Where(setting => setting.Before != setting.After)], problems);
    }

    private static SettingProblem NotOne(EndpointManifest manifest, string asked)
    {
        var several = EndpointSetting.Find(manifest, asked);
        return several.Count == 0
            ? new SettingProblem(
                asked,
                $"there is no setting '{asked}'",
                "It has: " + Names(EndpointSetting.Of(manifest)) + "."
            )
            : new SettingProblem(asked, $"'{asked}' may be several settings", $"Say which: {Names(several)}.");
    }

    private static string Names(IEnumerable<EndpointSetting> settings) =>
        string.Join(", ", settings.Select(setting => setting.Name));
}

/// <summary>Why a setting cannot be changed at an endpoint, and what can be done.</summary>
internal sealed record SettingProblem(string Asked, string What, string Mend);
