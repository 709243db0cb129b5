using Rondo.Sdk;
using static Rondo.Sdk.Duration;

namespace RondoProject;

/// <summary>The whole system, declared. Nothing runs here.</summary>
public static class TheSystem
{
    public static MlApp Declare(params string[] args)
    {
        var app = MlApp.Create(args, "rondo-project");

        var readings = app.Dataset<Reading>("readings")
            .EventTime(reading => reading.Time)
            .Sample("sample/readings.csv");

        var train = app.Pipeline(
            "train",
            g =>
            {
                var window = g.Parameter("windowDays", 365);
                var raw = g.Ingest(readings, window);
                g.Describe(raw);
                var hours = g.AddFeatures(g.Validate(raw, readings));
                var (past, holdout) = g.SplitByTime(hours, hour => hour.Time, holdoutDays: 14);

                var linear = g.TrainLinear(past, regularization: 0.01);
                var serving = g.Serving("temperature");

                g.Evaluate(holdout, hour => hour.Next)
                    .BySlice(hour => hour.Shift)
                    .Candidate("linear", linear, g.Predict(linear, holdout))
                    .Best()
                    .Gate(gate =>
                        gate.Beats("as it is now", g.AsItIsNow(holdout))
                            .BeatsServing(serving.IfAny(model => g.Predict(model, holdout).Named("predict-serving")))
                    )
                    .Register("temperature", past, hour => hour.Day);
            }
        );

        app.Endpoint("temperature")
            .Canary([10, 50, 100], bake: Minutes(10), minRequests: 100)
            .RollBackWhen(errorRate: 0.01, p99: Milliseconds(250))
            .Monitor(monitors => monitors.Quality(rmse: 2, window: 14).Drift(psi: 0.2, window: 14));

        train
            .On(
                Trigger.Release(),
                Trigger.NewRows(readings, 24 * 7),
                Trigger.Drift("temperature"),
                Trigger.Degraded("temperature")
            )
            .CoolDown(Days(1));
        return app;
    }
}
