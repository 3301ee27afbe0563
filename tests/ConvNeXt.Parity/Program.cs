using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using ConvNeXt.Backbone.Kernels.Lanes;
using ConvNeXt.Parity;

if (args is not [string folder])
{
    Console.Error.WriteLine("usage: parity DIR, where DIR holds forward/ and train/ with reference numbers of the official code");
    return 2;
}
if (!Directory.Exists(folder))
{
    Console.Error.WriteLine($"parity: there is no folder '{folder}'");
    return 2;
}

string vectors = SimdSupport.Best == SimdWidth.Scalar ? "no vectors" : $"{(int)SimdSupport.Best}-bit vectors{(AdvSimd.IsSupported ? " (AdvSimd)" : "")}";
Console.WriteLine($"{RuntimeInformation.ProcessArchitecture}, {vectors}");

string forward = Path.Combine(folder, "forward"), train = Path.Combine(folder, "train");
int passed = 0, failed = 0;
foreach (var (name, run) in ForwardCases.Find(forward).Concat(TrainCases.Find(train)).Concat(DropPathCases.Find(train)))
{
    CaseResult result;
    try
    {
        result = run();
    }
    catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException or KeyNotFoundException or InvalidOperationException)
    {
        Console.WriteLine($"FAIL {name}: {exception.Message}");
        failed++;
        continue;
    }
    Console.WriteLine(result);
    if (result.Passes) passed++;
    else failed++;
}
if (passed + failed == 0)
{
    Console.Error.WriteLine($"parity: '{folder}' holds no case: neither forward/*.json nor train/*.json");
    return 2;
}
Console.WriteLine($"{passed} cases PASS, {failed} FAIL");
return failed == 0 ? 0 : 1;
