namespace Rondo.Serving.Changes;

/// <summary>
/// What puts a change back while it bakes, as people write it: <c>alert,rollback,errors</c>. <paramref name="ErrorRate"/> is the share of failed requests
/// of <c>errors=0.05</c>; without one it is the endpoint's own limit.
/// </summary>
internal sealed record ChangeStops(bool OnAlert, bool OnRollback, bool OnErrors, double? ErrorRate)
{
    public static ChangeStops Of(string text)
    {
        var words = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var stops = new ChangeStops(false, false, false, null);
        foreach (var word in words.Where(word => word != SettingValues.None || words.Length > 1))
        {
            stops = word switch
            {
                "alert" => stops with { OnAlert = true },
                "rollback" => stops with { OnRollback = true },
                "errors" => stops with { OnErrors = true },
                _ when word.StartsWith("errors=", StringComparison.Ordinal)
                        && SettingValues.Number(word[7..]) is { } rate and >= 0 and <= 1 => stops with
                {
                    OnErrors = true,
                    ErrorRate = rate,
                },
                _ => throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"'{word}' stops no change.",
                    "Use alert, rollback, errors, errors=SHARE (0 to 1), or none."
                ),
            };
        }

        return stops;
    }
}
