namespace TransitDemand.Replay;

/// <summary>Keeps what was asked and answered, for the summary.</summary>
internal sealed class Journal(IReadOnlyList<string> endpoints)
{
    private readonly List<double> _latencies = [];
    private readonly Dictionary<(string Endpoint, int Year), (int Days, double Squares)> _errors = [];

    public int Sent { get; private set; }

    public int Failed { get; private set; }

    public int Days { get; private set; }

    public void Add(DayFeatures day, string endpoint, (double? Answer, double Ms) reply)
    {
        Sent++;
        Days += endpoint == endpoints[0] ? 1 : 0;
        _latencies.Add(reply.Ms);
        if (reply.Answer is not { } answer)
        {
            Failed++;
            return;
        }
        var key = (endpoint, day.Date.Year);
        var (days, squares) = _errors.GetValueOrDefault(key);
        _errors[key] = (days + 1, squares + Math.Pow(answer - day.Ridership, 2));
    }

    public double Latency(double share)
    {
        var sorted = _latencies.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[(int)Math.Min(sorted.Count - 1, share * sorted.Count)];
    }

    public double? Rmse(string endpoint, int? year = null)
    {
        var parts = _errors
            .Where(part => part.Key.Endpoint == endpoint && (year ?? part.Key.Year) == part.Key.Year)
            .Select(part => part.Value)
            .ToList();
        var days = parts.Sum(part => part.Days);
        return days == 0 ? null : Math.Sqrt(parts.Sum(part => part.Squares) / days);
    }

    public IReadOnlyList<EndpointSummary> Endpoints() =>
        [
            .. endpoints.Select(endpoint => new EndpointSummary(
                endpoint,
                Rmse(endpoint),
                [
                    .. _errors
                        .Where(part => part.Key.Endpoint == endpoint)
                        .OrderBy(part => part.Key.Year)
                        .Select(part => new YearSummary(
                            part.Key.Year,
                            part.Value.Days,
                            Math.Sqrt(part.Value.Squares / part.Value.Days)
                        )),
                ]
            )),
        ];
}
