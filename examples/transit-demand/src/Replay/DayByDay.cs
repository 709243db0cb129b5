using System.Diagnostics;
using System.Globalization;

namespace TransitDemand.Replay;

/// <summary>The replay itself: each day the new day is asked for, and what has become known since is handed over.</summary>
internal sealed class DayByDay(Options options, CityRecords city, RondoClient server)
{
    private const string LackingColumn = "temp";
    private const int TruthBatchDays = 7;
    private const int WindowDays = 91;
    private const int FailuresInARowMax = 100;
    private const int RolloutCheckDays = 5;

    private readonly Journal _journal = new(options.Endpoints);
    private readonly List<DayFeatures> _known = [];
    private readonly List<PeriodSummary> _pushed = [];
    private BrokenPeriod? _broken;
    private bool _rollingOut;
    private int _truths;
    private int _failuresInARow;

    public async Task<Summary> RunAsync()
    {
        var started = Stopwatch.GetTimestamp();
        var days = city.Days.Where(day => day.Date >= options.From && day.Date <= options.To).ToList();
        if (days.Count == 0)
        {
            throw new FormatException($"{options.Data} has no days from {options.From:O} to {options.To:O}.");
        }
        var periods = Period.Cut(days[0].Date, days[^1].Date, options.PushEvery);
        var ends = periods.ToDictionary(period => period.To);
        for (var today = 0; today < days.Count + options.TruthLagDays; today++)
        {
            if (today >= options.TruthLagDays)
            {
                var known = today - options.TruthLagDays;
                await KnowAsync(days[known], ends.GetValueOrDefault(days[known].Date), (known + 1) % WindowDays == 0);
            }
            if (today < days.Count)
            {
                await AskAsync(days[today], today);
            }
        }
        await SendTruthsAsync();
        await server.SettleAsync();
        Progress(YearLine(days[^1].Date.Year));
        return Summarize(days, Stopwatch.GetElapsedTime(started));
    }

    // The rows of a period arrive before the truths that complete it: an alert then finds the data that it is about.
    private async Task KnowAsync(DayFeatures day, Period? ended, bool windowEnds)
    {
        _known.Add(day);
        if (ended is not null)
        {
            await PushAsync(ended);
        }
        else if (windowEnds)
        {
            await SendTruthsAsync();
            await SettleAsync();
        }
        else if (_known.Count >= TruthBatchDays)
        {
            await SendTruthsAsync();
        }
    }

    private async Task PushAsync(Period period)
    {
        var isBroken = options.BreakAt is { } day && period.From <= day && day <= period.To;
        var before = isBroken ? (await server.RunsAsync()).Select(run => run.Id).ToHashSet(StringComparer.Ordinal) : [];
        var rows = city.FileOf(period, isBroken ? LackingColumn : null);
        await server.PushAsync(period.File, rows);
        await SettleAsync();
        await SendTruthsAsync();
        await SettleAsync();
        if (isBroken)
        {
            await MendAsync(period, before);
        }
        _pushed.Add(
            new(period.Name, period.File, period.From, period.To, period.To.DayNumber - period.From.DayNumber + 1)
        );
    }

    // What a person does: sees that a run was stopped, pushes the file again as it should be, and lets the run be made up for.
    private async Task MendAsync(Period period, HashSet<string> before)
    {
        var stopped = await StoppedAsync(before);
        if (stopped is null)
        {
            // Nothing was due. A person who starts a run meets the same check.
            await server.StartRunAsync($"{period.File} has come");
            await SettleAsync();
            stopped = await StoppedAsync(before);
        }
        var seen = (await server.RunsAsync()).Select(run => run.Id).ToHashSet(StringComparer.Ordinal);
        await server.PushAsync(period.File, city.FileOf(period));
        await SettleAsync();
        var again =
            stopped is { Trigger: not "manual" } && (await server.RunsAsync()).All(run => seen.Contains(run.Id));
        if (again)
        {
            await server.StartRunAsync(
                $"{period.File} came again, with '{LackingColumn}'; makes up for run {stopped!.Id}"
            );
            await SettleAsync();
        }
        _broken = new(period.File, LackingColumn, stopped?.Id, stopped?.Trigger, again);
        Progress(
            $"{period.File} came without '{LackingColumn}': "
                + (stopped is null ? "no run was stopped" : $"run {stopped.Id} was stopped")
                + "; pushed again as it should be"
        );
    }

    private async Task<RunView?> StoppedAsync(HashSet<string> before) =>
        (await server.RunsAsync()).FirstOrDefault(run => run.State == "stopped" && !before.Contains(run.Id));

    private async Task SettleAsync()
    {
        await server.SettleAsync();
        _rollingOut = await server.IsRollingOutAsync();
    }

    private async Task AskAsync(DayFeatures day, int today)
    {
        var from = Stopwatch.GetTimestamp();
        var replies = await Task.WhenAll(
            options.Endpoints.Select(endpoint => server.AskAsync(endpoint, InferenceRequest.Of(endpoint, day)))
        );
        for (var index = 0; index < replies.Length; index++)
        {
            _journal.Add(day, options.Endpoints[index], replies[index]);
        }
        _failuresInARow = replies.All(reply => reply.Answer is null) ? _failuresInARow + 1 : 0;
        if (_failuresInARow >= FailuresInARowMax)
        {
            throw new HttpRequestException($"{FailuresInARowMax} days in a row were not answered.");
        }
        if (_rollingOut)
        {
            await PaceAsync(from, today);
        }
        if (day.Date is { Month: 12, Day: 31 } && day.Date < options.To)
        {
            Progress(YearLine(day.Date.Year));
        }
    }

    // The server looks at a rollout a few times a second: a day must not be so short that months pass between two looks.
    private async Task PaceAsync(long from, int today)
    {
        var left = TimeSpan.FromMilliseconds(options.RolloutDayMs) - Stopwatch.GetElapsedTime(from);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left);
        }
        if (today % RolloutCheckDays == 0)
        {
            _rollingOut = await server.IsRollingOutAsync();
        }
    }

    private async Task SendTruthsAsync()
    {
        if (_known.Count == 0)
        {
            return;
        }
        foreach (var endpoint in options.Endpoints)
        {
            await server.SendTruthsAsync(
                endpoint,
                [.. _known.Select(day => new Truth(InferenceRequest.IdOf(endpoint, day.Date), day.Ridership))]
            );
            _truths += _known.Count;
        }
        _known.Clear();
    }

    private string YearLine(int year) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{year}: {_journal.Sent} requests so far, {_journal.Failed} failed; RMSE "
        )
        + string.Join(
            ", ",
            options.Endpoints.Select(endpoint =>
                string.Create(CultureInfo.InvariantCulture, $"{_journal.Rmse(endpoint, year):0.00} {endpoint}")
            )
        );

    private static void Progress(string line) => Console.Error.WriteLine(line);

    private Summary Summarize(List<DayFeatures> days, TimeSpan took) =>
        new(
            days[0].Date,
            days[^1].Date,
            _journal.Days,
            _journal.Sent,
            _journal.Failed,
            Math.Round(_journal.Latency(0.5), 3),
            Math.Round(_journal.Latency(0.99), 3),
            Math.Round(_journal.Latency(1), 3),
            _truths,
            Math.Round(took.TotalSeconds, 2),
            Math.Round(server.Waited.TotalSeconds, 2),
            _journal.Endpoints(),
            _pushed,
            _broken
        );
}
