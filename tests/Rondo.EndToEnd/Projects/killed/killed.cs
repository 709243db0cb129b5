// A program that the tests kill: it writes down each call of its steps, and steps from number 3 on wait as long as there is a file "hold".
#:project ../../../../src/Sdk/Sdk.csproj
#:property PublishAot=false

using Rondo.Sdk;

var app = MlApp.Create(args, "killed");

app.Pipeline(
    "count",
    g =>
    {
        var numbers = g.Numbers(g.Parameter("count", 6));
        var squares = g.ForEach("each", numbers, number => g.Square(number).Uncached(), parallel: 2);
        g.Total(squares).Secret("WORD", "word");
        g.Always("in-the-end", outcome => g.WriteDown(outcome.State));
    }
);

return await app.RunAsync();

internal static class Steps
{
    private static readonly Lock s_gate = new();

    [Step]
    public static IReadOnlyList<int> Numbers(int count)
    {
        File.WriteAllText("process", $"{Environment.ProcessId} {typeof(Steps).Assembly.Location}");
        return [.. Enumerable.Range(0, count)];
    }

    [Step]
    public static async Task<int> Square(int number, CancellationToken cancellation)
    {
        lock (s_gate)
        {
            File.AppendAllText("calls", $"{number}\n");
        }
        while (number >= 3 && File.Exists("hold"))
        {
            await Task.Delay(10, cancellation);
        }
        return number * number;
    }

    [Step]
    public static int Total([Input] IReadOnlyList<int> numbers, StepContext context)
    {
        context.Log($"the word is {Environment.GetEnvironmentVariable("WORD")}");
        Console.WriteLine($"and again {Environment.GetEnvironmentVariable("WORD")}");
        context.Metric("total", numbers.Sum());
        return numbers.Sum();
    }

    [Step]
    public static void WriteDown(string state) => File.AppendAllText("ends", $"{state}\n");
}
