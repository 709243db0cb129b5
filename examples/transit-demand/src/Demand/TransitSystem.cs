using Rondo.Sdk;
using static Rondo.Sdk.Duration;

namespace TransitDemand;

/// <summary>How many people will enter the Clark/Lake station on a day: the whole system, from the city's counts to the endpoint.</summary>
public static class TransitSystem
{
    private const string Demand = "station-demand";

    /// <summary>Declares it; nothing runs yet.</summary>
    public static MlApp Declare(string[] args)
    {
        var app = MlApp.Create(args, "transit");

        var days = app.Dataset<Day>("station-days").EventTime(day => day.Date).Sample("sample/days.csv");

        var train = app.Pipeline(
            "train-demand",
            g =>
            {
                var window = g.Parameter("windowDays", 1461);
                var holdout = g.Parameter("holdoutDays", 91);

                var raw = g.Ingest(days, window);
                g.Describe(raw);
                var features = g.AddCalendar(g.Validate(raw, days));
                var (past, recent) = g.SplitByTime(features, day => day.Date, holdout);

                var ridge = g.Train(past, Learner.Ridge).Named("train-ridge");
                var trees = g.Train(past, Learner.Trees).Named("train-trees");
                var serving = g.Serving(Demand).IfAny(model => g.Predict(model, recent).Named("score-serving"));

                var best = g.Evaluate(recent, day => day.Ridership)
                    .BySlice(day => day.Weekday, day => day.Season, day => day.GameDay)
                    .Candidate(nameof(Learner.Ridge), ridge, g.Predict(ridge, recent).Named("score-ridge"))
                    .Candidate(nameof(Learner.Trees), trees, g.Predict(trees, recent).Named("score-trees"))
                    .Best("rmse");

                var released = g.Refit(best.Report, features);
                best.Gate(rules => rules.Beats("naive", g.PredictNaively(recent)).BeatsServing(serving))
                    .Register(
                        Demand,
                        trainedOn: features,
                        time: day => day.Date,
                        refitted: released,
                        trainPredictions: g.Predict(released, features).Named("score-training")
                    );
            }
        );

        // Quality is what retrains: these inputs drift nearly always (the city grows), often without harm, so that drift only warns.
        // The gate leaves out the days that the serving model was trained on. The cool-down is as long as the hold-out, so that
        // there are none; less one day, because a window ends on the day after its newest row.
        train.On(Trigger.Release(), Trigger.NewRows(days, 455), Trigger.Degraded(Demand)).CoolDown(Days(90));

        app.Endpoint(Demand)
            .Serves(Demand)
            .Canary([10, 50, 100], bake: Milliseconds(50), minRequests: 3)
            .RollBackWhen(errorRate: 0.01, p99: Seconds(1))
            .Monitor(monitors =>
                monitors.Quality(rmse: 1.3, window: 91).Drift(psi: 0.25, window: 365, every: 91, minColumns: 16)
            );

        return app;
    }
}
